"""A whole plant at once: real features of every window, behind mutual TLS, and what that takes."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from reliability.panels import Panels, running_panels, settle
from reliability.row import Row, percentile
from reliability.scale import Scale
from reliability.usage import cpu_s, resident_mb

STORED_WITHIN_S = 0.5
DEVICE_MB, ONE_MOTOR_MB = 200.0, 100.0


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
        expected = self.motors * (self.seconds - 2.0)
        return len(self.late_s) >= expected and self.p99_s < STORED_WITHIN_S


def fleet(scale: Scale) -> Iterator[Row]:
    """Run a plant's devices, and see how late their windows are stored and what they take."""
    with running_panels(scale) as plant:
        whole = _spell(plant, 2 * scale.load_s)
        yield _lateness(plant, whole)
        yield _cost(whole)
        yield _memory(plant, DEVICE_MB)
        if not whole.kept_up:
            yield from _carried(plant, scale)
    with running_panels(replace(scale, devices=1, motors=1)) as plant:
        yield _memory(plant, ONE_MOTOR_MB)


def _lateness(plant: Panels, spell: Spell) -> Row:
    late_s = spell.late_s
    return Row(
        measure="load",
        done=f"{spell.motors} motors in {len(plant.devices)} device processes, features and "
        "stage 1 of each window, behind mutual TLS: from the window's end to the acknowledgement",
        often=f"{len(late_s)} windows in {spell.seconds:.0f} s",
        required=f"{spell.motors} a second, p99 under {1000 * STORED_WITHIN_S:g} ms",
        found=f"{len(late_s) / spell.seconds:.0f} a second, "
        f"p50 {1000 * percentile(late_s, 0.5):.0f} ms, p99 {1000 * spell.p99_s:.0f} ms",
        met=spell.kept_up,
    )


def _cost(spell: Spell) -> Row:
    windows, cores = max(len(spell.late_s), 1), os.cpu_count() or 1
    each = [f"{role} {1000 * took_s / windows:.1f} ms" for role, took_s in spell.cpu_s.items()]
    share = sum(spell.cpu_s.values()) / spell.seconds
    return Row(
        measure="load",
        done=f"processor time of each window of {spell.motors} motors",
        often=f"{len(spell.late_s)} windows",
        required="",
        found=f"{', '.join(each)}; in all {share:.2f} of {cores} cores",
    )


def _memory(plant: Panels, most_mb: float) -> Row:
    used = max(resident_mb(device.pid) for device in plant.devices)
    return Row(
        measure="load",
        done=f"resident memory: device behind mutual TLS, motors: {plant.motors}",
        often=f"the largest of {len(plant.devices)}",
        required=f"under {most_mb:g} MB",
        found=f"{used:.0f} MB",
        met=used < most_mb,
    )


def _carried(plant: Panels, scale: Scale) -> Iterator[Row]:
    """End one device after another until the machine carries those that are left."""
    kept_up = False
    while not kept_up and len(plant.devices) > 1:
        plant.devices.pop().stop()
        settle(plant, scale)
        spell = _spell(plant, scale.load_s)
        kept_up = spell.kept_up
        yield msgspec.structs.replace(_lateness(plant, spell), required="", met=None)
        yield _cost(spell)
    carried = plant.motors * len(plant.devices)
    yield Row(
        measure="load",
        done="motors that this machine carries so",
        often="a device fewer each time",
        required="",
        found=f"{carried}" if kept_up else f"not even {carried}",
    )


def _spell(plant: Panels, seconds: float) -> Spell:
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
