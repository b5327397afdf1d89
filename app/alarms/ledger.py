"""The book of one motor's alarms: each change is kept and said in one line, or neither."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from app.alarms.event import AlarmEvent, AlarmHappening, AlarmState, Happening
from app.alarms.motor_state import MotorState, OpenAlarm
from app.commands import Command, Outcome

Said = tuple[MotorState, tuple[AlarmEvent, ...]]
"""A motor's next state, and what is to be told."""

ALWAYS_IN_SERVICE = ("trip", "flood")
"""Maintenance hides neither the device's own act nor that others are hidden."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What an event is told with: when, and by which command."""

    now_ns: int
    command: Command | None = None
    reasons: tuple[str, ...] | None = None
    outcome: Outcome | None = None


def state_of(alarm: OpenAlarm, motor: MotorState) -> AlarmState:
    """Return the state of an alarm by ISA-18.2."""
    if alarm.shelved_until_ns is not None:
        return "shelved"
    if motor.maintenance is not None and alarm.category not in ALWAYS_IN_SERVICE:
        return "out_of_service"
    if alarm.active:
        return "acknowledged_active" if alarm.acknowledged else "unacknowledged_active"
    return "normal" if alarm.acknowledged else "returned_unacknowledged"


def new_alarm_id(motor: MotorState) -> str:
    """Return an identity for the alarm that the next event raises: unique over all gateways."""
    facts = f"{motor.motor_id}\n{motor.boot_id}\n{motor.seq}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def keep(motor: MotorState, alarm: OpenAlarm) -> MotorState:
    """Put an alarm into the book as it is now; one that is normal leaves it."""
    alarm = replace(alarm, state=state_of(alarm, motor))
    if motor.alarm(alarm.key) is None:
        alarms = (*motor.alarms, alarm)
    else:
        alarms = tuple(alarm if each.key == alarm.key else each for each in motor.alarms)
    return replace(motor, alarms=tuple(each for each in alarms if each.state != "normal"))


def tell(motor: MotorState, alarm: OpenAlarm, event: AlarmHappening, cause: Cause) -> Said:
    """Keep an alarm and say what happened to it."""
    command = cause.command
    said = AlarmEvent(
        motor_id=motor.motor_id,
        boot_id=motor.boot_id,
        seq=motor.seq,
        at_ns=cause.now_ns,
        event=event,
        alarm_id=alarm.alarm_id,
        key=alarm.key,
        category=alarm.category,
        severity=alarm.severity,
        priority=alarm.priority,
        state=state_of(alarm, motor),
        condition=alarm.condition,
        since_ns=alarm.since_ns,
        peak=alarm.peak,
        unit=alarm.unit,
        count=alarm.count,
        operator=None if command is None else command.operator,
        command_id=None if command is None else command.id,
        outcome=cause.outcome,
        reasons=alarm.reasons if cause.reasons is None else cause.reasons,
    )
    return replace(keep(motor, alarm), seq=motor.seq + 1), (said,)


def tell_motor(motor: MotorState, event: Happening, cause: Cause) -> Said:
    """Say what happened to a motor as a whole, or to a command."""
    command = cause.command
    said = AlarmEvent(
        motor_id=motor.motor_id,
        boot_id=motor.boot_id,
        seq=motor.seq,
        at_ns=cause.now_ns,
        event=event,
        operator=None if command is None else command.operator,
        command_id=None if command is None else command.id,
        alarm_id=None if command is None else getattr(command.act, "alarm_id", None),
        reasons=cause.reasons or (),
    )
    return replace(motor, seq=motor.seq + 1), (said,)


def together(motor: MotorState, *changes: Callable[[MotorState], Said]) -> Said:
    """Apply changes one after the other and gather what they say."""
    events: tuple[AlarmEvent, ...] = ()
    for change in changes:
        motor, said = change(motor)
        events += said
    return motor, events
