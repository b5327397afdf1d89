"""Clocks that jump an hour either way, or begin in 1970: order, loss, and who is called silent."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from app.alarms.event import AlarmEvent
from app.alarms.rules import ALARM_RULES, load_alarm_rules
from app.alarms.signs import STALE
from app.bus.in_process import InProcessBus
from app.delivery.outbox import Outbox
from app.delivery.reliable_bus import ReliableBus
from app.live.alarm_desk import AlarmDesk
from app.live.steady_clock import SteadyClock
from app.messages import Report, encode
from app.roles.device import Device, Identity
from app.roles.platform import Platform
from app.store import Store, open_store
from app.store.event_log import every_event
from app.store.gaps import boot_gaps
from app.template import template_release
from app.topics import pattern, topic
from dsp.features import FeatureSpec
from reliability.books import read_books
from reliability.generator import SITE, sample_reports
from reliability.plant import scenario_file
from reliability.row import Row
from reliability.scale import Scale
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.simulator.reader import SimulatorReader
from sensors.simulator.scenario_file import load_scenario

NS = 1_000_000_000
TODAY_NS = 1_790_000_000 * NS
HOUR_NS = 3600 * NS
JUMPS = {
    "an hour forward": (TODAY_NS, HOUR_NS),
    "an hour back": (TODAY_NS, -HOUR_NS),
    "from 1970 to today": (0, TODAY_NS),
}
"""What a clock showed before, and by how much it is then set."""
WINDOWS = 12
"""Before the jump, and after it."""
STEP_S = 0.25
SILENT_S = 10.0


@dataclass(slots=True)
class Clocks:
    """A wall clock that somebody sets, and one that nobody can."""

    utc_ns: int
    steady_ns: int = 0

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.utc_ns += round(seconds * NS)
        self.steady_ns += round(seconds * NS)


def clocks(scale: Scale) -> Iterator[Row]:
    """Let the clocks of device, platform and gateway jump, one after the other."""
    with tempfile.TemporaryDirectory(prefix="motorwatch-clocks-") as name:
        folder = Path(name)
        motor, captures = _captures(folder)
        sample = sample_reports(folder)[0]
        for place, (jump, (before_ns, by_ns)) in enumerate(JUMPS.items()):
            yield _order(folder / f"{place}.db", jump, motor, captures, before_ns, by_ns)
            yield _silence(jump, sample, before_ns, by_ns)


def _captures(folder: Path) -> tuple[Motor, list[Capture]]:
    scenario = load_scenario(str(scenario_file(folder, "pump-1", 7)))
    reader = SimulatorReader(scenario, 1.0)
    read = [reader.read() for _ in range(2 * WINDOWS)]
    return reader.motor, [capture for capture in read if capture is not None]


def _order(
    database: Path,
    jump: str,
    motor: Motor,
    captures: list[Capture],
    before_ns: int,
    by_ns: int,
) -> Row:
    """Let the clocks of device and platform jump in the middle, then begin another boot."""
    clock, spec = Clocks(before_ns), FeatureSpec()
    sent: list[tuple[str, int]] = []
    with open_store(f"sqlite:///{database}") as store:
        bus = InProcessBus()
        platform = Platform(bus, store, now_ns=lambda: clock.utc_ns)
        held = Outbox()
        near = ReliableBus(bus, SITE, held, now_s=lambda: clock.steady_ns / NS)
        for boot_id in ("origin-1", "origin-2"):
            device = Device(near, Identity(SITE, boot_id), motor, spec, template_release())
            for seq, capture in enumerate(captures):
                if seq == WINDOWS and boot_id == "origin-1":
                    clock.utc_ns += by_ns
                device.take(_dated(capture, clock.utc_ns, seq))
                sent.append((boot_id, seq))
                clock.wait(1.0)
                platform.flush()
        found = _found(store)
        missing = sum(each.missing for each in boot_gaps(store))
    books = read_books(database)
    return Row(
        measure="clocks",
        done=f"clock of device and platform set {jump}, then a new boot",
        often=f"{len(sent)} windows of 2 boots",
        required="log in the order of sending; 0 lost, 0 duplicates, nothing held",
        found=f"{'in order' if found == sent else 'out of order'}; {missing} lost, "
        f"{books.duplicates} duplicates, {len(held)} held",
        met=found == sent and not missing and not books.duplicates and not held,
    )


def _found(store: Store) -> list[tuple[str, int]]:
    return [(event.boot_id, event.seq) for event in every_event(store, kinds=["report"])]


def _dated(capture: Capture, t1_ns: int, seq: int) -> Capture:
    by_ns = t1_ns - capture.t1_ns
    blocks = tuple(replace(block, t0_ns=block.t0_ns + by_ns) for block in capture.blocks)
    t0_ns = capture.t0_ns + by_ns
    return replace(capture, t0_ns=t0_ns, t1_ns=t1_ns, blocks=blocks, clock="utc", seq=seq)


def _silence(jump: str, sample: Report, before_ns: int, by_ns: int) -> Row:
    """Let a gateway's clock jump while a motor reports, then let the motor fall silent."""
    clock, told, seq = Clocks(before_ns), [], 0
    bus = InProcessBus()
    desk = AlarmDesk(
        bus,
        site=SITE,
        position="control-room",
        boot_id="gateway-1",
        periods_s={sample.motor_id: 1.0},
        rules=load_alarm_rules(ALARM_RULES),
        connected=lambda: True,
        clock=SteadyClock(lambda: clock.utc_ns, lambda: clock.steady_ns),
    )

    def hear(where: str, payload: bytes) -> None:
        event = msgspec.json.decode(payload, type=AlarmEvent)
        if event.event == "raised" and event.key == STALE:
            told.append(clock.steady_ns)

    bus.subscribe(pattern("alarm/event"), hear)
    for moment in range(round((2 * WINDOWS + SILENT_S) / STEP_S)):
        if moment == round(WINDOWS / STEP_S):
            clock.utc_ns += by_ns
        desk.step()
        if moment % round(1 / STEP_S) == 0 and moment < 2 * WINDOWS / STEP_S:
            report = msgspec.structs.replace(sample, seq=seq)
            bus.publish(topic(SITE, sample.motor_id, "report"), encode(report))
            seq, spoken_ns = seq + 1, clock.steady_ns
        clock.wait(STEP_S)
    false = [at for at in told if at <= spoken_ns]
    after_s = [(at - spoken_ns) / NS for at in told if at > spoken_ns]
    return Row(
        measure="clocks",
        done=f"clock of the gateway set {jump} while a motor reports; it falls silent later",
        often=f"{seq} reports a second apart, then {SILENT_S:g} s of silence",
        required="not called silent while it reports, and within 3 s once it is",
        found=f"called silent {len(false)} times wrongly, then after "
        + (f"{after_s[0]:g} s" if after_s else "no time"),
        met=not false and len(after_s) == 1 and after_s[0] <= 3.0,
    )
