"""A plant of panels: several device processes behind one broker with mutual TLS, and a platform.

Ten processes of twenty motors rather than one of two hundred: each panel has a converter, a
certificate and a moment of starting of its own, which is the moment in the second at which its
windows end.
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
from reliability.scale import Scale

RECORDED_S = 60.0
"""Of signals, played over and over."""
SETTLED_S = 15.0
"""Until the last motors' baselines are learnt, and their first raw captures offered."""
PUNCTUAL_S = 0.5
"""Nobody is behind any more once all are stored so soon."""
LEARNT_S = 10.0
"""Of a baseline, instead of ten minutes, so that stage 1 scores every window that is measured."""
PLANTS = "schedule_s = 20.0"
"""What a plant of the tests has."""
PLATFORM = "platform-1"


@dataclass(frozen=True, slots=True)
class Panels:
    """What runs: a broker, a platform, devices of so many motors each, and who listens."""

    broker: SecureBroker
    platform: Process
    devices: list[Process]
    observer: Observer
    motors: int

    @property
    def pids(self) -> dict[str, list[int]]:
        """Processes of each role."""
        return {
            "devices": [device.pid for device in self.devices],
            "broker": [self.broker.pid],
            "platform": [self.platform.pid],
            "observer": [os.getpid()],
        }


def settle(plant: Panels, scale: Scale) -> None:
    """Wait until nobody is behind, but not for ever: a machine may never catch up."""
    time.sleep(min(SETTLED_S, scale.load_s))
    until_s = time.monotonic() + 4 * min(SETTLED_S, scale.load_s)
    while time.monotonic() < until_s:
        latest = plant.observer.lateness_s[-plant.motors * len(plant.devices) :]
        if max(latest) < PUNCTUAL_S:
            break
        time.sleep(1.0)


@contextmanager
def running_panels(scale: Scale) -> Iterator[Panels]:
    """Start a plant, wait until it is even with its signals, and kill it at the end."""
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
        plant = Panels(broker, platform, devices, observer, scale.motors)
        heard = scale.motors * scale.devices
        wait_until(lambda: len(observer.lateness_s) >= heard, devices[-1].log)
        settle(plant, scale)
        yield plant


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
