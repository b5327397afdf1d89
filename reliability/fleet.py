"""A whole plant's devices at once: real features of every window, behind mutual TLS.

Ten processes of twenty motors rather than one of two hundred, as panels of a plant have them: each
has a converter, a certificate and a moment of starting of its own, which is the moment in the
second at which its windows end.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from live_plant import Process, wait_until
from secure_mosquitto import SecureBroker

from app.bus.mqtt import Broker as Address
from app.template import template_release
from app.tls import client_context
from models.release import save_release, seal
from reliability.observer import Observer
from reliability.plant import recorded, simulated_plant
from reliability.row import Row, percentile
from reliability.scale import Scale
from reliability.usage import cpu_s, resident_mb

STORED_WITHIN_S = 0.5
DEVICE_MB = 200.0
RECORDED_S = 60.0
SETTLED_S = 15.0
"""Until the last motors' baselines are learnt, and their first raw captures offered."""
LEARNT_S = 10.0
"""Of a baseline, instead of ten minutes, so that stage 1 scores every window that is measured."""
PLANTS = "schedule_s = 20.0"
"""What a plant of the tests has."""
PLATFORM = "platform-1"


@dataclass(frozen=True, slots=True)
class Fleet:
    """What runs: a broker, a platform, devices, and who listens to them."""

    broker: SecureBroker
    platform: Process
    devices: list[Process]
    observer: Observer
    motors: int

    @property
    def pids(self) -> dict[str, list[int]]:
        """Processes of each role."""
        return {
            "device": [device.pid for device in self.devices],
            "broker": [self.broker.pid],
            "platform": [self.platform.pid],
        }


@dataclass(frozen=True, slots=True)
class Spell:
    """What came of some time.

    Attributes
    ----------
    motors : int
        That reported.
    seconds : float
        How long.
    late_s : list of float
        From each window's end to its acknowledgement.
    cpu_s : dict of str to float
        Processor time of each role.
    """

    motors: int
    seconds: float
    late_s: list[float]
    cpu_s: dict[str, float]

    @property
    def p99_s(self) -> float:
        """Lateness that one window in a hundred exceeds."""
        return percentile(self.late_s, 0.99)

    @property
    def kept_up(self) -> bool:
        """Whether every window was stored, and in time."""
        expected = self.motors * (self.seconds - 1.0)
        return len(self.late_s) >= expected and self.p99_s < STORED_WITHIN_S


def fleet(scale: Scale) -> Iterator[Row]:
    """Run a plant's devices, and see how late their windows are stored and what they take."""
    with _running(scale) as plant:
        whole = _spell(plant, 2 * scale.load_s)
        yield from _rows(plant, whole)
        if not whole.kept_up:
            yield _carried(plant, scale)


def _rows(plant: Fleet, spell: Spell) -> Iterator[Row]:
    late_s, processes = spell.late_s, len(plant.devices)
    yield Row(
        measure="load",
        done=f"{spell.motors} motors in {processes} device processes, features and stage 1 of each "
        "window, behind mutual TLS: from the window's end to the acknowledgement",
        often=f"{len(late_s)} windows in {spell.seconds:.0f} s",
        required=f"{spell.motors} a second, p99 under {1000 * STORED_WITHIN_S:g} ms",
        found=f"{len(late_s) / spell.seconds:.0f} a second, "
        f"p50 {1000 * percentile(late_s, 0.5):.0f} ms, p99 {1000 * spell.p99_s:.0f} ms",
        met=spell.kept_up,
    )
    windows, cores = max(len(late_s), 1), os.cpu_count() or 1
    each = [f"{role} {1000 * took_s / windows:.1f} ms" for role, took_s in spell.cpu_s.items()]
    share = sum(spell.cpu_s.values()) / spell.seconds
    yield Row(
        measure="load",
        done=f"processor time of each window of {spell.motors} motors",
        often=f"{len(late_s)} windows",
        required="",
        found=f"{', '.join(each)}: {share:.2f} of {cores} cores",
    )
    most = max(resident_mb(device.pid) for device in plant.devices)
    yield Row(
        measure="load",
        done=f"resident memory: device, {plant.motors} motors, behind mutual TLS",
        often=f"the largest of {processes}",
        required=f"under {DEVICE_MB:g} MB",
        found=f"{most:.0f} MB",
        met=most < DEVICE_MB,
    )


def _carried(plant: Fleet, scale: Scale) -> Row:
    """End one device after another until the machine carries those that are left."""
    spell = None
    while len(plant.devices) > 1 and not (spell and spell.kept_up):
        plant.devices.pop().stop()
        time.sleep(min(SETTLED_S, scale.load_s))
        spell = _spell(plant, scale.load_s)
    carried = spell is not None and spell.kept_up
    return Row(
        measure="load",
        done="motors that this machine carries so",
        often="a device fewer each time",
        required="",
        found=f"{spell.motors}, p99 {1000 * spell.p99_s:.0f} ms" if spell and carried else "none",
    )


def _spell(plant: Fleet, seconds: float) -> Spell:
    late_s = plant.observer.lateness_s
    pids = plant.pids
    began_s, before = time.monotonic(), _cpu(pids)
    first = len(late_s)
    time.sleep(seconds)
    after, passed_s = _cpu(pids), time.monotonic() - began_s
    took = {role: after[role] - before[role] for role in pids}
    return Spell(plant.motors * len(plant.devices), passed_s, late_s[first:], took)


def _cpu(pids: dict[str, list[int]]) -> dict[str, float]:
    return {role: sum(map(cpu_s, of_role)) for role, of_role in pids.items()}


@contextmanager
def _running(scale: Scale) -> Iterator[Fleet]:
    with ExitStack() as stack:
        folder, broker_folder = (
            Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"motorwatch-{what}-")))
            for what in ("fleet", "broker")
        )
        broker = SecureBroker(broker_folder, folder / "authority")
        motors = [
            tuple(f"pump-{device}-{place}" for place in range(scale.motors))
            for device in range(scale.devices)
        ]
        for number, names in enumerate(motors):
            broker.issue(_name(number), "device", names)
        broker.start()
        stack.callback(broker.kill)
        platform, *devices = _processes(folder, broker, motors)
        for process in (platform, *devices):
            stack.callback(process.kill)
        platform.start()
        wait_until(platform.is_ready, platform.log)
        address = Address(broker.host, broker.port, client_context(broker.tls("anna")))
        observer = stack.enter_context(Observer(address))
        for device in devices:
            device.start()
            wait_until(device.is_ready, device.log)
        heard = scale.motors * scale.devices
        wait_until(lambda: len(observer.lateness_s) >= heard, devices[-1].log)
        time.sleep(min(SETTLED_S, scale.load_s))
        yield Fleet(broker, platform, devices, observer, scale.motors)


def _processes(
    folder: Path, broker: SecureBroker, motors: Sequence[tuple[str, ...]]
) -> Iterator[Process]:
    """Yield the platform, then every device."""
    played, release = recorded(folder, RECORDED_S), folder / "release.json"
    template = template_release()
    quick = msgspec.structs.replace(template.learning, span_s=LEARNT_S)
    save_release(seal(msgspec.structs.replace(template, learning=quick)), release)
    for number, names in enumerate(motors):
        own = folder / _name(number)
        own.mkdir()
        plant = simulated_plant(
            own,
            broker,
            names,
            speed=1.0,
            site=broker.site,
            tls={"device": broker.tls(_name(number)), "platform": broker.tls(PLATFORM)},
            names={"device": _name(number), "platform": PLATFORM},
            played=played,
        )
        config = plant.device.config
        config.write_text(config.read_text().replace(PLANTS, f'release = "{release}"'))
        if number == 0:
            yield plant.platform
        yield plant.device


def _name(number: int) -> str:
    return f"panel-{number}"
