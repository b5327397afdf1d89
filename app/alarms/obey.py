"""What an operator's commands do to the alarms of one motor; every refusal says why."""

from msgspec.structs import replace

from app.alarms.ledger import Cause, Said, keep, tell, tell_motor
from app.alarms.lifecycle import acknowledge, shelve, unshelve
from app.alarms.motor_state import Maintenance, MotorState, OpenAlarm
from app.alarms.rules import AlarmRules, nanoseconds
from app.alarms.timers import end_maintenance
from app.commands import (
    Acknowledge,
    Command,
    CommissionActuator,
    MaintenanceOff,
    MaintenanceOn,
    RequestCapture,
    ResetTrip,
    Shelve,
    Unshelve,
    Verdict,
    is_known,
    remember,
    why_refused,
)


def obey(
    motor: MotorState, command: Command, now_ns: int, rules: AlarmRules, *, clock_is_set: bool
) -> Said:
    """Do what a command says, once; those for the device are none of ours."""
    device_s = (RequestCapture, ResetTrip, CommissionActuator)
    if isinstance(command.act, device_s) or is_known(motor.commands, command):
        return motor, ()
    motor = replace(motor, commands=remember(motor.commands, command))
    why = why_refused(command, now_ns if clock_is_set else None)
    if why is not None:
        return _refuse(motor, command, now_ns, why)
    return _do(motor, command, now_ns, rules)


def _do(motor: MotorState, command: Command, now_ns: int, rules: AlarmRules) -> Said:
    match command.act:
        case MaintenanceOn(until_ns=until_ns):
            return _maintain(motor, command, until_ns, now_ns, rules)
        case MaintenanceOff():
            if motor.maintenance is None:
                return _refuse(motor, command, now_ns, "the motor is not in maintenance")
            return end_maintenance(motor, now_ns, command)
        case Verdict() as verdict:
            return _judge(motor, command, verdict, now_ns)
        case Acknowledge() | Shelve() | Unshelve() as act:
            alarm = motor.alarm_of(act.alarm_id)
            if alarm is None:
                why = f"no open alarm {act.alarm_id}; it is normal already, or of another motor"
                return _refuse(motor, command, now_ns, why)
            return _handle(motor, alarm, command, now_ns, rules)
    raise AssertionError("acts of the device are not obeyed here")


def _handle(
    motor: MotorState, alarm: OpenAlarm, command: Command, now_ns: int, rules: AlarmRules
) -> Said:
    match command.act:
        case Acknowledge():
            if alarm.acknowledged:
                return _refuse(motor, command, now_ns, f"{alarm.key} is acknowledged already")
            return acknowledge(motor, alarm, command, now_ns)
        case Shelve(until_ns=until_ns, reason=reason):
            why = _why_not_shelved(alarm, until_ns - now_ns, rules)
            if why is not None:
                return _refuse(motor, command, now_ns, why)
            return shelve(motor, alarm, command, until_ns, reason, now_ns)
        case _:
            if alarm.shelved_until_ns is None:
                return _refuse(motor, command, now_ns, f"{alarm.key} is not shelved")
            return unshelve(motor, alarm, now_ns, command)


def _why_not_shelved(alarm: OpenAlarm, for_ns: int, rules: AlarmRules) -> str | None:
    if alarm.category in ("trip", "flood"):
        return f"a {alarm.category} is never shelved; acknowledge it"
    return _why_not_until(for_ns, rules.shelving.most_s)


def _why_not_until(for_ns: int, most_s: float) -> str | None:
    if for_ns <= 0:
        return "its end is already past"
    if for_ns > nanoseconds(most_s):
        return f"{for_ns / 3.6e12:.1f} h is too long; the most is {most_s / 3600:g} h"
    return None


def _judge(motor: MotorState, command: Command, verdict: Verdict, now_ns: int) -> Said:
    """Record a verdict; an inspection may come long after its alarm is normal."""
    said = verdict.condition.value if verdict.condition is not None else verdict.outcome
    reasons = (said, verdict.note) if verdict.note else (said,)
    cause = Cause(now_ns, command, reasons, verdict.outcome)
    alarm = motor.alarm_of(verdict.alarm_id)
    if alarm is None:
        motor, events = tell_motor(motor, "verdict", cause)
        found = replace(events[0], outcome=verdict.outcome, condition=verdict.condition)
        return motor, (found,)
    # Who has inspected it has seen it.
    known = replace(alarm, acknowledged=True, operator=command.operator)
    motor, events = tell(motor, known, "verdict", cause)
    return motor, (replace(events[0], condition=verdict.condition),)


def _maintain(
    motor: MotorState, command: Command, until_ns: int, now_ns: int, rules: AlarmRules
) -> Said:
    why = _why_not_until(until_ns - now_ns, rules.maintenance.most_s)
    if why is not None:
        return _refuse(motor, command, now_ns, why)
    assert isinstance(command.act, MaintenanceOn)
    since_ns = now_ns if motor.maintenance is None else motor.maintenance.since_ns
    service = Maintenance(
        until_ns=until_ns,
        since_ns=since_ns,
        operator=command.operator,
        reason=command.act.reason,
    )
    motor = replace(motor, maintenance=service)
    motor, events = tell_motor(
        motor, "maintenance_on", Cause(now_ns, command, (command.act.reason,))
    )
    for alarm in motor.alarms:
        was = alarm.state
        motor = keep(motor, alarm)
        now = motor.alarm(alarm.key)
        if now is not None and now.state == "out_of_service" and was != "out_of_service":
            motor, said = tell(motor, now, "out_of_service", Cause(now_ns, command))
            events += said
    return motor, events


def _refuse(motor: MotorState, command: Command, now_ns: int, why: str) -> Said:
    return tell_motor(motor, "refused", Cause(now_ns, command, (why,)))
