"""What reports and diagnoses show: signs of alarms, and testimony that one is gone."""

from app.alarms.event import Severity
from app.alarms.lifecycle import Sign
from app.alarms.motor_state import MotorState, OpenAlarm
from app.alarms.rules import AlarmRules
from app.fields import SensorStatus
from app.interlock.record import InterlockRecord
from app.sensor_status import FAILURES
from models.card import is_sure
from models.finding import Diagnosis, Finding
from sensors.conditions import Condition

STAGE1, SENSOR, STALE, TRIP, WITHHELD = "stage1", "sensor", "stale", "trip", "trip_withheld"
NO_FAULTS = frozenset(
    {Condition.SENSOR_FAULT, Condition.STOPPED, Condition.PROCESS_CHANGE, Condition.UNKNOWN}
)
"""Conditions that are no fault of the asset."""
UNFIT = ("failure", "out_of_specification")
"""Sensor statuses on which no verdict about the asset may stand."""


def fault_sign(finding: Finding, rules: AlarmRules) -> Sign:
    """Return the alarm that a finding asks for: zone D is a danger, any other an alert."""
    severe = finding.severity
    severity: Severity = "danger" if severe is not None and severe.zone == "D" else "alert"
    return Sign(
        key=finding.condition.value,
        category="asset",
        severity=severity,
        priority=rules.of_asset(severity),
        condition=finding.condition,
        peak=None if severe is None else severe.value,
        unit=None if severe is None else severe.unit,
        reasons=tuple(each.text for each in finding.evidence),
        senses=tuple(dict.fromkeys(e.sense for e in finding.evidence if e.sense is not None)),
    )


def fault_signs(diagnosis: Diagnosis, motor: MotorState, rules: AlarmRules) -> tuple[Sign, ...]:
    """Return the alarms that a diagnosis asks for, as the motor runs now."""
    allowed = judged_now(motor, rules)
    return tuple(
        fault_sign(finding, rules)
        for finding in diagnosis.findings
        if is_sure(finding.confidence)
        and finding.condition not in NO_FAULTS
        and (allowed is None or finding.condition in allowed)
        and _stands_on_sound_channels(finding, diagnosis)
    )


def judged_now(motor: MotorState, rules: AlarmRules) -> tuple[Condition, ...] | None:
    """Return which conditions alone are judged as the motor is; None where all are."""
    if motor.operating == "stopped":
        return rules.conditioning.while_stopped
    return rules.conditioning.while_starting if motor.operating == "starting" else None


def testifies_absence(diagnosis: Diagnosis, alarm: OpenAlarm) -> bool:
    """Whether a diagnosis could have seen what an alarm is about, and did not, not even faintly."""
    if any(finding.condition == alarm.condition for finding in diagnosis.findings):
        return False
    judged = {each.sense for each in diagnosis.senses if each.state in ("clear", "finding")}
    if not alarm.senses:
        return bool(judged) and diagnosis.abstained is None
    return bool(judged.intersection(alarm.senses))


def stage1_sign(motor: MotorState, dangerous: bool, rules: AlarmRules) -> Sign:
    """Return the alarm of a departure from health that stage 1 sees and cannot name."""
    known = motor.episode if motor.episode is not None and motor.episode.open else None
    worst = dangerous or (known is not None and known.severity == "danger")
    severity: Severity = "danger" if worst else "alert"
    return Sign(
        key=STAGE1,
        category="asset",
        severity=severity,
        priority=rules.of_asset(severity),
        peak=None if known is None else known.peak,
        unit=None if known is None else "probability",
        reasons=("the device reports it without a reason",) if known is None else known.reasons,
    )


def sensor_sign(status: SensorStatus, rules: AlarmRules) -> Sign:
    """Return the alarm of a sensor that is not normal by NE 107."""
    failed = status == "failure"
    return Sign(
        key=SENSOR,
        category="sensor",
        severity="danger" if failed else "alert",
        priority=rules.priority.sensor_failure if failed else rules.priority.sensor,
        condition=Condition.SENSOR_FAULT,
        reasons=(f"sensor status: {status}",),
    )


def stale_sign(silent_ns: int, rules: AlarmRules) -> Sign:
    """Return the alarm of a device that is not heard."""
    return Sign(
        key=STALE,
        category="sensor",
        severity="alert",
        priority=rules.priority.stale,
        peak=silent_ns / 1e9,
        unit="s",
        reasons=("no report; device, sensor or network is down",),
    )


def trip_sign(record: InterlockRecord, key: str, rules: AlarmRules) -> Sign:
    """Return the alarm of a trip, or of one that was withheld."""
    return Sign(
        key=key,
        category="trip",
        severity="danger",
        priority=rules.priority.trip if key == TRIP else rules.priority.trip_withheld,
        reasons=(record.reason,),
    )


def _stands_on_sound_channels(finding: Finding, diagnosis: Diagnosis) -> bool:
    """Whether some evidence comes from a channel that delivers."""
    serious = [note for note in diagnosis.audit if note.level == "refuse"]
    dead = {note.channel for note in serious if note.check in FAILURES} - {None}
    channels = {each.channel for each in finding.evidence} - {None}
    return not channels or not channels <= dead
