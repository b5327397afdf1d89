"""The device: one motor's captures in, reports out, and raw captures when they are wanted.

Senses, features and stage 1 run here, next to acquisition. What it remembers of the motor is
one frozen `Watch`; everything it says goes onto the bus.
"""

from dataclasses import dataclass

from app.bus.bus import Bus
from app.capture_message import encode_capture
from app.messages import Alarm, Report, SensorStatus, encode
from app.packing import values_of
from app.sensor_status import worst_status
from app.topics import Kind, topic
from dsp.audit import audit
from dsp.demodulation import DemodulationBands, refresh_bands
from dsp.features import FeatureSpec, extract
from models.episodes import Episode
from models.monitor import Judgement, Watch, judge_window
from models.release import Release
from sensors.capture import Capture
from sensors.motor import Motor
from sensors.ring import CaptureRing

CAPTURE_S = 10.0
"""A raw capture holds the last this many seconds."""
CAPTURE_EVERY_S = 60.0
"""A healthy motor's raw capture goes up this often; an escalating one's as soon as it is full."""
ESCALATION_EVERY_S = 10.0
"""An escalating motor sends no more than one capture in this time."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is speaking: site, and the `boot_id` of this run of the device."""

    site: str
    boot_id: str


class Device:
    """Stage 1 for one motor."""

    def __init__(
        self, bus: Bus, identity: Identity, motor: Motor, spec: FeatureSpec, release: Release
    ) -> None:
        self._bus = bus
        self._identity = identity
        self._motor = motor
        self._spec = spec
        self._release = release
        self._watch = Watch()
        self._bands = DemodulationBands({})
        self._ring = CaptureRing(CAPTURE_S)
        self._channels = 0
        self._sent_ns: int | None = None
        self._status: SensorStatus = "normal"
        self._stopped = False
        self._opened_seq = 0

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
        if self._capture_is_due(capture, judged.triage.escalate) or last:
            self._send_capture(capture)
        report = self._report(capture, judged)
        self._publish("report", encode(report))
        self._publish_alarms(judged, report)
        return report

    def _capture_is_due(self, capture: Capture, escalate: bool) -> bool:
        if self._sent_ns is None:
            # The first verdict should not wait a minute, nor stand on a single window.
            full = self._ring.duration_s >= CAPTURE_S - 1e-6
            return full or capture.duration_s < self._spec.window_s * 0.999
        since_s = (capture.t0_ns - self._sent_ns) / 1e9
        return since_s >= (ESCALATION_EVERY_S if escalate else CAPTURE_EVERY_S)

    def _send_capture(self, capture: Capture) -> None:
        joined = self._ring.joined()
        notes = audit(joined, self._motor)
        self._status = worst_status(notes)
        self._stopped = any(n.check == "stopped" and n.level == "refuse" for n in notes)
        self._sent_ns = capture.t0_ns
        self._publish("capture", encode_capture(joined, self._identity.boot_id))

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
