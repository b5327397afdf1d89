"""One motor of a device as a job: its source in step with the clock, judged window by window."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from app.commands import Command, RequestCapture, why_refused
from app.delivery.reliable_bus import ReliableBus
from app.interlock.actuator import open_actuator, open_permissive
from app.interlock.config import load_interlock
from app.interlock.interlock import Interlock
from app.interlock.record import InterlockRecord
from app.interlock.state import InterlockState, begun_anew, load_state, save_state
from app.live.kept_baseline import BaselineMemory, Setup, source_digest
from app.live.raw_captures import LiveCaptures
from app.live_config.sources import MotorEntry, named_twice
from app.live_source import open_live
from app.messages import encode
from app.pacing import PacedReader
from app.process.role_metrics import DeviceMetrics
from app.roles.device import Device, Identity
from app.topics import topic
from app.transfer.schedule import CaptureSchedule
from app.transfer.sender import CaptureSender
from dsp.features import FeatureSpec
from models.monitor import Watch
from models.release import Release
from sensors.capture import Capture
from sensors.errors import BadConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Station:
    """What all motors of a device process share.

    Attributes
    ----------
    bus, sender
        Where reports and raw captures go.
    identity : Identity
        Who is speaking.
    spec, release
        Features, and the model that judges them.
    schedule_s : float
        A raw capture goes up this often.
    state : Path
        Folder of latches and baselines.
    metrics : DeviceMetrics
        Counts.
    """

    bus: ReliableBus
    sender: CaptureSender
    identity: Identity
    spec: FeatureSpec
    release: Release
    schedule_s: float
    state: Path
    metrics: DeviceMetrics


class LiveMotor:
    """Senses, judges, reports and, where it may, trips one motor.

    Parameters
    ----------
    station : Station
        Of the process.
    entry : MotorEntry
        Source and interlock.
    reader : PacedReader
        Delivers its captures.
    before : LiveMotor or None
        What it was before it was begun anew: goes on with its numbers, with the captures that it
        owes, and with a latch and a baseline that no disk has taken yet.
    phase_s : float
        Audits and captures of this motor come so much later than they could: see `Device`.
    now_ns : callable
        UTC.
    """

    def __init__(
        self,
        station: Station,
        entry: MotorEntry,
        reader: PacedReader,
        *,
        before: "LiveMotor | None" = None,
        phase_s: float = 0.0,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.motor = reader.motor
        self.next_seq: int = 0 if before is None else before.next_seq
        self._station, self._reader, self._now_ns = station, reader, now_ns
        self._captures = LiveCaptures(
            station.sender, CaptureSchedule(self.motor.motor_id), station.schedule_s, phase_s
        )
        same = before if before and before.motor.motor_id == self.motor.motor_id else None
        if same is not None:
            self._captures.go_on(same._captures)
        self._memory = self._remember(entry, before)
        self._device = Device(
            station.bus,
            station.identity,
            self.motor,
            station.spec,
            station.release,
            raw=self._captures,
            phase_s=phase_s,
            watch=Watch(baseline=self._memory.recall()),
        )
        self._interlock = (
            None if entry.interlock is None else self._open(Path(entry.interlock), same)
        )

    def step(self) -> float | None:
        """Take the next window if it is due; return in how many seconds the one after is."""
        due_s = self._reader.due_in_s()
        if due_s is None or due_s > 0.0:
            return due_s
        capture = self._reader.read()
        assert capture is not None, "a window that is due is there"
        # First, since nothing but the window itself may delay a trip.
        self._guard(capture)
        report = self._device.take(capture)
        self._memory.keep(self._device.baseline)
        self.next_seq = report.seq + 1
        metrics, motor_id = self._station.metrics, self.motor.motor_id
        metrics.reported(motor_id, report.state, self._reader.lag_s)
        metrics.lagged(motor_id, self._reader.lag_s)
        return self._reader.due_in_s()

    def obey(self, command: Command) -> None:
        """Do what concerns this device of an operator's command."""
        if isinstance(command.act, RequestCapture):
            why = why_refused(command, self._now_ns())
            whose = {"motor_id": command.motor_id, "command_id": command.id}
            if why is None:
                log.info("a capture is requested by %s", command.operator, extra=whose)
                self._captures.request(command)
            else:
                log.warning("capture not sent: %s", why, extra=whose)
        if self._interlock is not None:
            self._tell(self._interlock.obey(command, self._now_ns()))

    def close(self) -> None:
        """Give source and pins back."""
        try:
            if self._interlock is not None:
                try:
                    self._interlock.close()
                finally:
                    self._tell(self._interlock.last_words())
        finally:
            self._reader.close()

    def _guard(self, capture: Capture) -> None:
        if self._interlock is not None:
            self._tell(self._interlock.take(capture, self._now_ns()))

    def _tell(self, records: tuple[InterlockRecord, ...]) -> None:
        identity = self._station.identity
        for each in records:
            if each.decision == "tripped":
                self._station.metrics.tripped(each.motor_id)
            where = topic(identity.site, each.motor_id, "interlock")
            self._station.bus.publish(where, encode(each))

    def _remember(self, entry: MotorEntry, before: "LiveMotor | None") -> BaselineMemory:
        setup = Setup(
            motor_id=self.motor.motor_id,
            motor_hash=self.motor.motor_hash,
            spec_id=self._station.spec.spec_id,
            features=len(self._station.spec.features),
            source=source_digest(entry.source),
        )
        kept = self._station.state / f"{self.motor.motor_id}.baseline.json"
        return BaselineMemory(kept, setup, None if before is None else before._memory)

    def _open(self, path: Path, before: "LiveMotor | None") -> Interlock:
        config = load_interlock(path)
        kept = self._station.state / f"{self.motor.motor_id}.interlock.json"
        known = None if before is None else before._interlock
        # What is known is not read from disk, which may have refused the latch.
        state = (
            load_state(kept, self.motor.motor_id, self._station.identity.boot_id)
            if known is None
            else begun_anew(known.state)
        )
        actuator = open_actuator(config, self.motor.motor_id, tripped=state.tripped)
        permissive = open_permissive(config, self.motor.motor_id)

        def save(latest: InterlockState) -> None:
            save_state(kept, latest)

        return Interlock(self.motor, config, state, actuator, permissive, save, kept=known is None)


def open_motor(
    station: Station,
    entry: MotorEntry,
    *,
    place: int,
    before: LiveMotor | None = None,
    others: Mapping[str, int] = MappingProxyType({}),
) -> LiveMotor:
    """Open the source of one motor, and what watches over it.

    Parameters
    ----------
    station, entry, before
        As of `LiveMotor`.
    place : int
        Its number in the configuration, from 1.
    others : mapping of str to int
        Names of the other motors here, and their places.

    Raises
    ------
    BadConfig
        It bears the name of another.
    MotorwatchError
        A file that the entry names cannot be used.
    """
    reader = open_live(
        entry,
        window_s=station.spec.window_s,
        hop_s=station.spec.hop_s,
        now_ns=time.time_ns(),
        first_seq=0 if before is None else before.next_seq,
    )
    motor_id = reader.motor.motor_id
    if motor_id in others:
        reader.close()
        here, first = (f"motor, entry {at}" for at in (place, others[motor_id]))
        raise BadConfig(named_twice(motor_id, here, first))
    # A turn of a second each: an audit of ten seconds takes 30 ms, and no window may wait for many.
    phase_s = (place - 1) % station.schedule_s
    return LiveMotor(station, entry, reader, before=before, phase_s=phase_s)
