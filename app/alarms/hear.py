"""What a motor's state becomes by a report, an episode, a diagnosis or a decision of its device.

Time is that of receipt. A message older than the newest of its kind changes nothing: what was
kept during an outage belongs into the log, not into the present.
"""

from msgspec.structs import replace

from app.alarms.event import AlarmEvent
from app.alarms.ledger import Said, together
from app.alarms.lifecycle import bounded, gone, seen, withhold
from app.alarms.motor_state import Episode, Heard, Latch, MotorState, OpenAlarm
from app.alarms.rules import AlarmRules, nanoseconds
from app.alarms.signs import (
    SENSOR,
    STAGE1,
    STALE,
    TRIP,
    UNFIT,
    WITHHELD,
    fault_signs,
    sensor_sign,
    stage1_sign,
    testifies_absence,
    trip_sign,
)
from app.interlock.record import WITHHELD as WITHHOLDING
from app.interlock.record import InterlockRecord
from app.messages import Alarm, DiagnosisMessage, Report

OVER = ("normal", "tripped", "reset")
"""Decisions that end a trip that was withheld."""


def hear_report(motor: MotorState, report: Report, now_ns: int, rules: AlarmRules) -> Said:
    """Take a report: the device lives, its sensors are as it says, and stage 1 as it says."""
    identity = Heard(report.boot_id, report.seq, report.t0_ns)
    another_boot = motor.report is not None and motor.report.boot_id != report.boot_id
    # A device restored from a copy counts its boots anew: nobody else speaks for the motor.
    if not _is_newer(identity, motor.report) and (motor.online or not another_boot):
        return motor, ()
    motor = replace(
        _runs(motor, report, now_ns),
        report=identity,
        reported=report.state,
        heard_ns=now_ns,
        online=True,
    )
    off_ns = nanoseconds(rules.delays.sensor_off_s)
    return together(
        motor,
        lambda state: gone(state, STALE, now_ns, off_ns),
        lambda state: _sensor(state, report, now_ns, rules),
        lambda state: _stage1(state, report, now_ns, rules),
    )


def hear_episode(motor: MotorState, alarm: Alarm, now_ns: int, rules: AlarmRules) -> Said:
    """Take the opening or the end of an episode of stage 1."""
    identity, known = Heard(alarm.boot_id, alarm.seq, alarm.opened_ns), motor.episode
    heard_of = known is not None and known.newest == identity
    if heard_of and (alarm.closed_ns is None or (known is not None and not known.open)):
        return motor, ()
    if not heard_of and not _is_news_of(motor, identity, None if known is None else known.newest):
        return motor, ()
    episode = Episode(
        newest=identity,
        open=True,
        severity=alarm.state,
        peak=alarm.peak,
        reasons=bounded(alarm.reasons),
    )
    motor = replace(motor, episode=episode)
    if alarm.closed_ns is None:
        # Its alarm waits until the device's audit has had time to speak: `_stage1` raises it.
        return motor, ()
    # One that is over already was an alarm all the same.
    events: tuple[AlarmEvent, ...] = ()
    if _stage1_is_judged(motor):
        motor, events = seen(motor, stage1_sign(motor, False, rules), now_ns)
    return replace(motor, episode=replace(episode, open=False)), events


def hear_diagnosis(
    motor: MotorState, message: DiagnosisMessage, now_ns: int, rules: AlarmRules
) -> Said:
    """Take a diagnosis: its faults are alarms, and it may testify that others are gone."""
    identity = Heard(message.boot_id, message.seq, message.t0_ns)
    if not _is_news_of(motor, identity, motor.diagnosis):
        return motor, ()
    diagnosis, off_ns = message.diagnosis, nanoseconds(rules.delays.asset_off_s)
    found = fault_signs(diagnosis, motor, rules)
    events: tuple[AlarmEvent, ...] = ()
    motor = replace(motor, diagnosis=identity)
    for sign in found:
        motor, said = seen(motor, sign, now_ns)
        events += said
    for alarm in _named_faults(motor, {sign.key for sign in found}):
        if motor.operating in ("running", "unmonitored") and testifies_absence(diagnosis, alarm):
            motor, said = gone(motor, alarm.key, now_ns, off_ns)
            events += said
        else:
            motor = withhold(motor, alarm)
    return motor, events


def hear_interlock(
    motor: MotorState, record: InterlockRecord, now_ns: int, rules: AlarmRules
) -> Said:
    """Take a decision of the device's interlock."""
    identity = Heard(record.boot_id, record.seq, record.t1_ns)
    known = None if motor.interlock is None else motor.interlock.newest
    if not _is_news_of(motor, identity, known):
        return motor, ()
    latch = Latch(
        newest=identity,
        commissioned=record.commissioned,
        tripped=record.tripped,
        at_ns=now_ns,
        reason=record.reason,
    )
    motor = replace(motor, interlock=latch)
    return together(
        motor,
        lambda state: _trip(state, record, now_ns, rules),
        lambda state: _withheld(state, record, now_ns, rules),
    )


def _trip(motor: MotorState, record: InterlockRecord, now_ns: int, rules: AlarmRules) -> Said:
    if record.tripped:
        return seen(motor, trip_sign(record, TRIP, rules), now_ns)
    return gone(motor, TRIP, now_ns, 0)


def _withheld(motor: MotorState, record: InterlockRecord, now_ns: int, rules: AlarmRules) -> Said:
    if record.decision in WITHHOLDING:
        return seen(motor, trip_sign(record, WITHHELD, rules), now_ns)
    return gone(motor, WITHHELD, now_ns, 0) if record.decision in OVER else (motor, ())


def _runs(motor: MotorState, report: Report, now_ns: int) -> MotorState:
    """Note how the motor runs; that it starts is seen by its having stood still before."""
    if report.state == "stopped":
        return replace(motor, operating="stopped", started_ns=None)
    if motor.operating == "stopped":
        return replace(motor, operating="starting", started_ns=now_ns)
    if motor.operating == "starting":
        return motor
    return replace(motor, operating="unmonitored" if report.state == "unmonitored" else "running")


def _sensor(motor: MotorState, report: Report, now_ns: int, rules: AlarmRules) -> Said:
    status = report.sensor_status
    if status == "normal":
        motor = replace(motor, sensor=status, suspect_ns=None)
        return gone(motor, SENSOR, now_ns, nanoseconds(rules.delays.sensor_off_s))
    since_ns = now_ns if motor.suspect_ns is None else motor.suspect_ns
    motor = replace(motor, sensor=status, suspect_ns=since_ns)
    known = motor.alarm(SENSOR)
    is_active = known is not None and known.active
    if not is_active and now_ns - since_ns < nanoseconds(rules.delays.sensor_on_s):
        return motor, ()
    return seen(motor, sensor_sign(status, rules), now_ns)


def _stage1(motor: MotorState, report: Report, now_ns: int, rules: AlarmRules) -> Said:
    raised = report.state in ("alert", "danger")
    is_open = motor.episode is not None and motor.episode.open
    if not _stage1_is_judged(motor):
        return _withhold_stage1(replace(motor, raised_ns=None)), ()
    since_ns = now_ns if motor.raised_ns is None else motor.raised_ns
    motor = replace(motor, raised_ns=since_ns if raised or is_open else None)
    if raised and now_ns - since_ns >= nanoseconds(rules.delays.stage1_on_s):
        return seen(motor, stage1_sign(motor, report.state == "danger", rules), now_ns)
    if report.state in ("normal", "learning"):
        return gone(motor, STAGE1, now_ns, nanoseconds(rules.delays.asset_off_s))
    return _withhold_stage1(motor), ()


def _withhold_stage1(motor: MotorState) -> MotorState:
    alarm = motor.alarm(STAGE1)
    return motor if alarm is None else withhold(motor, alarm)


def _stage1_is_judged(motor: MotorState) -> bool:
    return motor.operating in ("running", "unmonitored") and motor.sensor not in UNFIT


def _named_faults(motor: MotorState, found: set[str]) -> tuple[OpenAlarm, ...]:
    return tuple(
        alarm
        for alarm in motor.alarms
        if alarm.category == "asset" and alarm.key != STAGE1 and alarm.key not in found
    )


def _is_news_of(motor: MotorState, identity: Heard, newest: Heard | None) -> bool:
    """Whether a message is newer than the last of its kind, or the first of the present boot."""
    if motor.report is not None and newest is not None:
        present = motor.report.boot_id
        if identity.boot_id == present != newest.boot_id:
            return True
    return _is_newer(identity, newest)


def _is_newer(identity: Heard, newest: Heard | None) -> bool:
    """Whether a message is later than another.

    Boots of one origin (`app.process.boot`) are numbered; those of different ones show no order,
    so the one that speaks now is the later.
    """
    if newest is None:
        return True
    if identity.boot_id == newest.boot_id:
        return identity.seq > newest.seq
    (origin, _, number), (before, _, last) = (
        each.boot_id.rpartition("-") for each in (identity, newest)
    )
    if origin == before and number.isdecimal() and last.isdecimal():
        return int(number) > int(last)
    return True
