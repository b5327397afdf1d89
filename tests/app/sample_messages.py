"""Messages for the tests of bus, store and platform."""

import numpy as np

from app.messages import Alarm, DiagnosisMessage, Report
from dsp.audit_note import AuditNote
from models.finding import Diagnosis, Evidence, Finding, Measure, SenseReport, Severity
from models.stage2.verdict import Stage2Verdict
from sensors.capture import Sense
from sensors.conditions import Condition

SECOND = 1_000_000_000


def report(
    seq: int, motor_id: str = "pump-1", boot_id: str = "boot-1", **changes: object
) -> Report:
    values = np.random.default_rng(seq).normal(size=5).astype(np.float32).tolist()
    fields: dict[str, object] = {
        "motor_id": motor_id,
        "boot_id": boot_id,
        "seq": seq,
        "t0_ns": seq * SECOND,
        "t1_ns": (seq + 1) * SECOND,
        "spec_id": "spec-1",
        "motor_hash": "hash-1",
        "values": (*values, None),
        "state": "normal",
        "sensor_status": "normal",
        "escalate": False,
        "clock": "unknown",
        "release_id": "release-1",
        "speed_rpm": 1470.0,
        "logit": -2.0,
        "probability": 0.12,
        "probability_low": 0.05,
        "probability_high": 0.25,
        "distance": 1.1,
    }
    return Report(**(fields | changes))  # type: ignore[arg-type]


OUTER_RACE = Finding(
    condition=Condition.BEARING_OUTER_RACE,
    confidence="high",
    severity=Severity(value=2.1, unit="m/s2", zone="not applicable"),
    evidence=(
        Evidence(
            text="BPFO and two harmonics stand in the envelope",
            channel="vib_de",
            line="BPFO",
            expected_hz=107.4,
            found_hz=107.3,
            level_db=21.5,
            chance=0.001,
            band_hz=(2500.0, 3500.0),
        ),
    ),
)
UNBALANCE = Finding(condition=Condition.UNBALANCE, confidence=0.61, alternatives=("bent shaft",))
FELT = SenseReport(sense=Sense.VIBRATION, state="doubt", doubts=("2x stands out",))
FREQUENCY = Measure(name="line_frequency", value=50.02, unit="Hz")
SECOND_OPINION = Stage2Verdict(
    probabilities={"healthy": 0.2, "bearing_outer_race": 0.8},
    distance=0.6,
    bearing="6205",
    latency_ms=0.3,
    release_id="release-2",
)
CLIPPED = AuditNote(
    check="clipping", level="warning", text="2 % clipped", channel="vib_de", refuses=("bearing",)
)


def diagnosis(
    seq: int,
    *findings: Finding,
    motor_id: str = "pump-1",
    boot_id: str = "boot-1",
    abstained: str | None = None,
) -> DiagnosisMessage:
    return DiagnosisMessage(
        motor_id=motor_id,
        boot_id=boot_id,
        seq=seq,
        t0_ns=seq * SECOND,
        t1_ns=(seq + 1) * SECOND,
        diagnosis=Diagnosis(
            motor_id=motor_id,
            findings=findings,
            abstained=abstained,
            audit=(CLIPPED,),
            senses=(FELT,),
            measured=(FREQUENCY,),
            shaft_hz=24.6,
        ),
        backend="cpu",
        latency_ms=3.5,
        stage2=SECOND_OPINION,
        release_id="release-2",
    )


def alarm(seq: int, closed_s: int | None = None, peak: float = 0.9) -> Alarm:
    return Alarm(
        motor_id="pump-1",
        boot_id="boot-1",
        seq=seq,
        state="alert",
        opened_ns=seq * SECOND,
        closed_ns=None if closed_s is None else closed_s * SECOND,
        peak=peak,
        reasons=("probability 0.9 is above 0.8",),
    )
