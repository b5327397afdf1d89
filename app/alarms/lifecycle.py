"""The life of one alarm: seen, gone, acknowledged, shelved and back. Every step is pure.

::

    normal -> unacknowledged_active -> acknowledged_active -> normal
                       |
                       `-> returned_unacknowledged -> normal

    any of them <-> shelved (until a time), out_of_service (during maintenance)
"""

from dataclasses import dataclass

from msgspec.structs import replace

from app.alarms.event import MOST_REASONS, Category, Priority, Severity
from app.alarms.ledger import Cause, Said, keep, new_alarm_id, tell
from app.alarms.motor_state import MotorState, OpenAlarm
from app.commands import Command
from sensors.capture import Sense
from sensors.conditions import Condition

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that should be an alarm, as one input shows it."""

    key: str
    category: Category
    severity: Severity
    priority: Priority
    condition: Condition | None = None
    peak: float | None = None
    unit: str | None = None
    reasons: tuple[str, ...] = ()
    senses: tuple[Sense, ...] = ()


def seen(motor: MotorState, sign: Sign, now_ns: int) -> Said:
    """Take a sign into account: a new alarm, one that is back, one that is worse, or no news."""
    alarm = motor.alarm(sign.key)
    if alarm is None:
        return tell(motor, _opened(motor, sign, now_ns), "raised", Cause(now_ns))
    merged = _merged(alarm, sign, now_ns)
    if not alarm.active:
        again = replace(
            merged, active=True, acknowledged=False, severity=sign.severity, priority=sign.priority
        )
        return tell(motor, again, "raised_again", Cause(now_ns))
    if alarm.severity == "alert" and sign.severity == "danger":
        # Who acknowledged the lesser has not seen this.
        return tell(motor, replace(merged, acknowledged=False), "worsened", Cause(now_ns))
    return keep(motor, merged), ()


def gone(motor: MotorState, key: str, now_ns: int, off_ns: int) -> Said:
    """Take a testimony of absence into account; it clears the alarm once it has held so long."""
    alarm = motor.alarm(key)
    if alarm is None or not alarm.active:
        return motor, ()
    since_ns = now_ns if alarm.gone_ns is None else alarm.gone_ns
    if now_ns - since_ns < off_ns:
        return keep(motor, replace(alarm, gone_ns=since_ns)), ()
    return tell(motor, replace(alarm, active=False, gone_ns=since_ns), "cleared", Cause(now_ns))


def withhold(motor: MotorState, alarm: OpenAlarm) -> MotorState:
    """Forget that an alarm seemed gone: nothing testifies to it any more."""
    if alarm.gone_ns is None or not alarm.active:
        return motor
    return keep(motor, replace(alarm, gone_ns=None))


def acknowledge(motor: MotorState, alarm: OpenAlarm, command: Command, now_ns: int) -> Said:
    """Note that an operator has seen an alarm; one that is gone is normal then."""
    known = replace(alarm, acknowledged=True, operator=command.operator)
    return tell(motor, known, "acknowledged", Cause(now_ns, command))


def shelve(
    motor: MotorState, alarm: OpenAlarm, command: Command, until_ns: int, reason: str, now_ns: int
) -> Said:
    """Put an alarm aside; its condition is followed all the same."""
    aside = replace(alarm, shelved_until_ns=until_ns, operator=command.operator)
    return tell(motor, aside, "shelved", Cause(now_ns, command, (reason,)))


def unshelve(motor: MotorState, alarm: OpenAlarm, now_ns: int, command: Command | None) -> Said:
    """Bring an alarm back as it is now: its acknowledgement stands, if it had one."""
    back = replace(alarm, shelved_until_ns=None)
    return tell(motor, back, "unshelved", Cause(now_ns, command))


def _opened(motor: MotorState, sign: Sign, now_ns: int) -> OpenAlarm:
    return OpenAlarm(
        alarm_id=new_alarm_id(motor),
        key=sign.key,
        category=sign.category,
        severity=sign.severity,
        priority=sign.priority,
        since_ns=now_ns,
        seen_ns=now_ns,
        condition=sign.condition,
        peak=sign.peak,
        unit=sign.unit,
        reasons=bounded(sign.reasons),
        senses=sign.senses,
    )


def _merged(alarm: OpenAlarm, sign: Sign, now_ns: int) -> OpenAlarm:
    """Return the alarm with a further sighting: the worst of both, reasons as first seen."""
    worse = sign.severity == "danger" and alarm.severity == "alert"
    return replace(
        alarm,
        severity="danger" if worse else alarm.severity,
        priority=sign.priority if worse else alarm.priority,
        seen_ns=now_ns,
        gone_ns=None,
        count=alarm.count + 1,
        reasons=bounded((*alarm.reasons, *sign.reasons)),
        senses=tuple(dict.fromkeys((*alarm.senses, *sign.senses))),
        **_peak(alarm, sign),
    )


def _peak(alarm: OpenAlarm, sign: Sign) -> dict[str, float | str | None]:
    """Return the higher peak; one of another unit cannot be compared and takes its place."""
    same = sign.unit == alarm.unit and alarm.peak is not None
    if sign.peak is None or (same and alarm.peak is not None and sign.peak <= alarm.peak):
        return {}
    return {"peak": sign.peak, "unit": sign.unit}


def bounded(reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first few reasons, each cut: a state must fit into one message."""
    return tuple(dict.fromkeys(each[:LONGEST_REASON] for each in reasons))[:MOST_REASONS]
