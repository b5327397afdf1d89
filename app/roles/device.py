"""The device: one motor's captures in, reports out, and raw captures when they are wanted.

Senses, features and stage 1 run here, next to acquisition. What it remembers of the motor is
one frozen `Watch`; everything it says goes onto the bus.
"""

from dataclasses import dataclass

from app.bus.bus import Bus
from app.messages import Alarm, Report, SensorStatus, encode
from app.packing import values_of
from app.roles.raw_captures import CAPTURE_S, MinuteCaptures, RawCaptures
from app.sensor_status import worst_status
from app.topics import Kind, topic
from dsp.audit import audit
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from models.baseline import Baseline
from models.episodes import Episode
from models.monitor import Judgement, Watch, judge_window
from models.release import Release
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.ring import CaptureRing

AUDIT_EVERY_S = 60.0
"""The audit looks at the signals this often, and at every raw capture that goes up."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is speaking: site, and the `boot_id` of this run of the device."""

    site: str
    boot_id: str


class Device:
    """Stage 1 for one motor.

    Parameters
    ----------
    bus : Bus
        Where reports and alarms go.
    identity : Identity
        Who is speaking.
    motor : Motor
        Whose captures come.
    spec, release
        Features, and the model that judges them.
    raw : RawCaptures or None
        Sends raw captures up; None does as a replay does.
    phase_s : float
        The first audit is so much later than it could be: of many motors that begin together, all
        would be audited in one window else, and those of the rest would wait.
    watch : Watch or None
        What is remembered of the motor; None begins anew.
    """

    def __init__(
        self,
        bus: Bus,
        identity: Identity,
        motor: Motor,
        spec: FeatureSpec,
        release: Release,
        *,
        raw: RawCaptures | None = None,
        phase_s: float = 0.0,
        watch: Watch | None = None,
    ) -> None:
        self._bus = bus
        self._identity = identity
        self._motor = motor
        self._spec = spec
        self._release = release
        self._watch = watch or Watch()
        self._bands = DemodulationBands({})
        self._ring = CaptureRing(CAPTURE_S)
        self._channels = 0
        self._raw = raw or MinuteCaptures(bus, identity.site, spec.window_s)
        self._audited_ns: int | None = None
        self._phase_s = phase_s
        self._ready_ns: int | None = None
        self._status: SensorStatus = "normal"
        self._stopped = False
        self._opened_seq = 0

    @property
    def baseline(self) -> Baseline | None:
        """What is normal for the motor, once it is learnt."""
        return self._watch.baseline

    def take(self, capture: Capture, *, last: bool = False) -> Report:
        """Judge one capture, publish what follows from it, and return the report.

        `last` says that no more will come: a raw capture then goes up, however short, so that
        the end of every recording is diagnosed.
        """
        self._ring.push(capture)
        self._channels = max(self._channels, len(capture.blocks))
        self._bands = refresh_bands(self._bands, capture)
        vector = extract(capture, self._motor, self._spec, bands=self._bands.bands)
        self._watch, judged = judge_window(self._watch, vector, self._release)
        self._look_closer(capture, judged, last=last)
        report = self._report(capture, judged)
        self._publish("report", encode(report))
        self._publish_alarms(judged, report)
        return report

    def _look_closer(self, capture: Capture, judged: Judgement, *, last: bool) -> None:
        """Audit the last seconds, and send them up, where it is time for either."""
        held_s, said = self._ring.duration_s, judged.triage
        healthy = said.state == "normal"
        reason = self._raw.due(capture, held_s, escalate=said.escalate, healthy=healthy)
        if last and reason is None:
            reason = "schedule"
        if reason is None and not self._audit_is_due(capture, held_s):
            return
        joined = self._ring.joined()
        notes = audit(joined, self._motor)
        self._status = worst_status(notes)
        self._stopped = any(n.check == "stopped" and n.level == "refuse" for n in notes)
        self._audited_ns = capture.t0_ns
        if reason is not None:
            self._raw.send(joined, self._identity.boot_id, reason)

    def _audit_is_due(self, capture: Capture, held_s: float) -> bool:
        if self._audited_ns is None:
            return held_s >= CAPTURE_S - 1e-6 and self._waited(capture)
        return not 0 <= capture.t0_ns - self._audited_ns < AUDIT_EVERY_S * 1e9

    def _waited(self, capture: Capture) -> bool:
        """Whether it is this motor's turn, of many that began together."""
        if self._ready_ns is None:
            self._ready_ns = capture.t0_ns
        return capture.t0_ns - self._ready_ns >= self._phase_s * 1e9

    def _report(self, capture: Capture, judged: Judgement) -> Report:
        said = judged.triage
        missing = len(capture.blocks) < self._channels
        return Report(
            motor_id=capture.motor_id,
            boot_id=self._identity.boot_id,
            seq=capture.seq,
            t0_ns=capture.t0_ns,
            t1_ns=capture.t1_ns,
            clock=capture.clock,
            spec_id=judged.vector.spec_id,
            release_id=self._release.release_id,
            motor_hash=judged.vector.motor_hash,
            values=values_of(judged.vector),
            speed_rpm=judged.vector.speed_rpm,
            load=capture.load,
            logit=said.logit,
            probability=said.probability,
            probability_low=said.low,
            probability_high=said.high,
            distance=said.distance,
            state="stopped" if self._stopped else said.state,
            sensor_status="failure" if missing else self._status,
            escalate=said.escalate,
        )

    def _publish_alarms(self, judged: Judgement, report: Report) -> None:
        step = judged.step
        if step.alarm is not None:
            self._opened_seq = report.seq
            self._publish("alarm", encode(self._alarm(step.alarm, report)))
        if step.closed is not None:
            self._publish("alarm", encode(self._alarm(step.closed, report)))

    def _alarm(self, episode: Episode, report: Report) -> Alarm:
        return Alarm(
            motor_id=report.motor_id,
            boot_id=report.boot_id,
            seq=self._opened_seq,
            state="danger" if report.state == "danger" else "alert",
            opened_ns=episode.t_start_ns,
            closed_ns=episode.t_end_ns,
            peak=episode.peak,
            reasons=episode.reasons,
        )

    def _publish(self, kind: Kind, payload: bytes) -> None:
        self._bus.publish(topic(self._identity.site, self._motor.motor_id, kind), payload)
