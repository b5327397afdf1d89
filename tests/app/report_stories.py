"""Stories for the tests of report and plots, made without simulator or model."""

import math

import numpy as np
from impacts import BEARING, RATE_HZ, impacts

from app.messages import Alarm, Report
from app.report.remembered import Thresholds
from app.report.story import Story
from dsp.features.spec import FeatureSpec
from models.diagnosis import diagnose
from models.finding import Diagnosis, Evidence, Finding, Severity
from sensors.capture import Capture, Channel, SampleBlock, Sense, Unit
from sensors.conditions import Condition
from sensors.motor import Motor

SECOND = 1_000_000_000
SHAFT_HZ = 29.0
SPEC = FeatureSpec(senses=(Sense.VIBRATION, Sense.TEMPERATURE))
MOTOR = Motor(motor_id="pump-1", bearings=(BEARING,))
CHANNEL = Channel("vib_de", Sense.VIBRATION, Unit.MPS2, position="DE")
OUTER_HZ = BEARING.bpfo * 0.992 * SHAFT_HZ


def empty_story(motor: Motor = MOTOR, **changes: object) -> Story:
    given: dict[str, object] = {
        "title": "recording.npz",
        "release_id": "release-1",
        "spec": SPEC,
        "simulated": False,
        "thresholds": Thresholds(2.0, 5.0),
    }
    given |= changes
    return Story(motor, given.pop("title"), **given)  # type: ignore[arg-type]


def report(seq: int, **changes: object) -> Report:
    """One window; `values` may be given for some features by name."""
    named = changes.pop("features", {})
    values = [named.get(name) for name in SPEC.names]  # type: ignore[union-attr]
    fields: dict[str, object] = {
        "motor_id": "pump-1",
        "boot_id": "boot-1",
        "seq": seq,
        "t0_ns": seq * SECOND,
        "t1_ns": (seq + 1) * SECOND,
        "clock": "unknown",
        "spec_id": SPEC.spec_id,
        "motor_hash": MOTOR.motor_hash,
        "values": tuple(values),
        "state": "normal",
        "sensor_status": "normal",
        "escalate": False,
        "speed_rpm": 1740.0,
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]


def scored(seq: int, logit: float, **changes: object) -> Report:
    def chance(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    given = {
        "probability": chance(logit),
        "probability_low": chance(logit - 1),
        "probability_high": chance(logit + 1),
    }
    return report(seq, **(given | changes))


def capture(
    x: np.ndarray, t0_s: int = 0, channel: Channel = CHANNEL, rate_hz: float = RATE_HZ
) -> Capture:
    t0_ns = t0_s * SECOND
    block = SampleBlock(channel, t0_ns, rate_hz, x.astype(np.float32))
    t1_ns = t0_ns + round(x.size / rate_hz * SECOND)
    rpm = 60 * SHAFT_HZ
    return Capture("pump-1", t0_ns, t1_ns, (block,), speed_rpm=rpm, clock="unknown")


def healthy_capture(t0_s: int = 0) -> Capture:
    return capture(impacts(BEARING.bpfo, seed=1, height=0.0, seconds=3.0), t0_s)


def faulty_capture(t0_s: int = 0) -> Capture:
    return capture(impacts(BEARING.bpfo * 0.992, seed=2, seconds=3.0), t0_s)


def said(*findings: Finding, **changes: object) -> Diagnosis:
    return Diagnosis(motor_id="pump-1", findings=findings, shaft_hz=SHAFT_HZ, **changes)  # type: ignore[arg-type]


def outer_race(level_db: float = 30.0, confidence: str = "high") -> Finding:
    return Finding(
        condition=Condition.BEARING_OUTER_RACE,
        confidence=confidence,  # type: ignore[arg-type]
        severity=Severity(value=2.1, unit="mm/s", zone="B"),
        evidence=(
            Evidence(
                text="BPFO and two harmonics stand in the envelope",
                channel="vib_de",
                line="BPFO",
                expected_hz=BEARING.bpfo * SHAFT_HZ,
                found_hz=OUTER_HZ,
                level_db=level_db,
                chance=0.002,
                band_hz=(3000.0, 5000.0),
            ),
        ),
    )


def alarm(seq: int, closed_s: int | None = None, state: str = "alert") -> Alarm:
    return Alarm(
        motor_id="pump-1",
        boot_id="boot-1",
        seq=seq,
        state=state,  # type: ignore[arg-type]
        opened_ns=seq * SECOND,
        closed_ns=None if closed_s is None else closed_s * SECOND,
        peak=0.99,
        reasons=("logistic score 4.31 is above 4.00",),
    )


def worn_story(**changes: object) -> Story:
    """Sixty windows: learning, healthy, then a rising score, an alarm and a diagnosed fault."""
    story = empty_story(**changes)
    for seq in range(60):
        rise = max(0.0, (seq - 30) / 4)
        features = {"vib_rms_db": rise, "vib_kurtosis_db": 4.8 + 2 * rise, "temp_degc": 40.0}
        if seq < 10:
            story.report(report(seq, state="learning", features=features))
        else:
            state = "alert" if rise > 5 else "normal"
            story.report(scored(seq, rise - 4, state=state, features=features))
    story.alarm(alarm(52))
    for t0_s, taken in ((5, healthy_capture(5)), (50, faulty_capture(50))):
        del t0_s
        story.capture(taken, diagnose(taken, MOTOR))
    return story
