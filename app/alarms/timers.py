"""What time alone does: shelves and maintenance end, a start is over, silence becomes an alarm."""

from functools import partial

from msgspec.structs import replace

from app.alarms.ledger import Cause, Said, keep, tell, tell_motor, together
from app.alarms.lifecycle import seen, unshelve, withhold
from app.alarms.motor_state import MotorState, OpenAlarm
from app.alarms.rules import AlarmRules, nanoseconds
from app.alarms.signs import STALE, stale_sign
from app.commands import Command


def pass_time(motor: MotorState, now_ns: int, rules: AlarmRules) -> Said:
    """Let it be `now_ns`."""
    return together(
        _started(motor, now_ns, rules),
        lambda state: _end_shelves(state, now_ns, rules),
        lambda state: _end_maintenance(state, now_ns, rules),
        lambda state: _stale(state, now_ns, rules),
    )


def due_ns(motor: MotorState, rules: AlarmRules) -> int | None:
    """Return when time alone will next do something to a motor, if it ever will."""
    times = [each.shelved_until_ns for each in motor.alarms]
    if motor.maintenance is not None:
        times.append(motor.maintenance.until_ns)
    if motor.operating == "starting" and motor.started_ns is not None:
        times.append(motor.started_ns + nanoseconds(rules.conditioning.starting_s))
    if motor.online and motor.period_s is not None and motor.heard_ns is not None:
        times.append(motor.heard_ns + nanoseconds(rules.stale.periods * motor.period_s))
    return min((each for each in times if each is not None), default=None)


def end_maintenance(motor: MotorState, now_ns: int, command: Command | None) -> Said:
    """Put a motor back into service, and each of its alarms as it is now."""
    cause = Cause(now_ns, command)
    motor, events = tell_motor(replace(motor, maintenance=None), "maintenance_off", cause)
    hidden = [each.key for each in motor.alarms if each.state == "out_of_service"]
    motor, said = together(motor, *(partial(_restore, key=key, cause=cause) for key in hidden))
    return motor, events + said


def _restore(motor: MotorState, key: str, cause: Cause) -> Said:
    alarm = motor.alarm(key)
    return (motor, ()) if alarm is None else tell(motor, alarm, "restored", cause)


def _is_over(until_ns: int, now_ns: int, most_s: float) -> bool:
    """Whether a time has come, or is so far away that the clock must have gone back."""
    return now_ns >= until_ns or until_ns - now_ns > nanoseconds(most_s)


def _end_shelves(motor: MotorState, now_ns: int, rules: AlarmRules) -> Said:
    def is_due(alarm: OpenAlarm) -> bool:
        until_ns = alarm.shelved_until_ns
        return until_ns is not None and _is_over(until_ns, now_ns, rules.shelving.most_s)

    due = [alarm for alarm in motor.alarms if is_due(alarm)]
    back = (partial(unshelve, alarm=alarm, now_ns=now_ns, command=None) for alarm in due)
    return together(motor, *back)


def _end_maintenance(motor: MotorState, now_ns: int, rules: AlarmRules) -> Said:
    known = motor.maintenance
    if known is None or not _is_over(known.until_ns, now_ns, rules.maintenance.most_s):
        return motor, ()
    return end_maintenance(motor, now_ns, None)


def _started(motor: MotorState, now_ns: int, rules: AlarmRules) -> MotorState:
    if motor.operating != "starting" or motor.started_ns is None:
        return motor
    if now_ns - motor.started_ns < nanoseconds(rules.conditioning.starting_s):
        return motor
    return replace(motor, operating="running", started_ns=None)


def _stale(motor: MotorState, now_ns: int, rules: AlarmRules) -> Said:
    if motor.period_s is None or motor.heard_ns is None:
        return motor, ()
    silent_ns = now_ns - motor.heard_ns
    if silent_ns < nanoseconds(rules.stale.periods * motor.period_s):
        return motor, ()
    # Nothing testifies any more that anything is there, or gone.
    for alarm in motor.alarms:
        motor = withhold(motor, alarm)
    unheard = replace(
        motor,
        online=False,
        operating="unknown",
        started_ns=None,
        suspect_ns=None,
        raised_ns=None,
    )
    known = motor.alarm(STALE)
    if known is not None and known.active:
        return keep(unheard, replace(known, peak=silent_ns / 1e9, seen_ns=now_ns, gone_ns=None)), ()
    return seen(unheard, stale_sign(silent_ns, rules), now_ns)
