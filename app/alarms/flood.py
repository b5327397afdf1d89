"""An alarm flood: more than an operator can follow is shown as one alarm, and all are recorded.

The flood has the motor state of its operator position, and lives like any other alarm.
"""

from msgspec.structs import replace

from app.alarms.event import AlarmEvent
from app.alarms.ledger import Said
from app.alarms.lifecycle import Sign, gone, seen
from app.alarms.motor_state import MotorState
from app.alarms.rules import AlarmRules, nanoseconds

FLOOD = "flood"
ANNOUNCING = ("raised", "raised_again", "worsened", "unshelved", "restored")

Recent = tuple[int, ...]
"""When alarms were announced: the newest `limit + 1`, oldest first."""


def group(
    position: MotorState,
    recent: Recent,
    events: tuple[AlarmEvent, ...],
    now_ns: int,
    rules: AlarmRules,
) -> tuple[MotorState, Recent, tuple[AlarmEvent, ...]]:
    """Return the position and the events, those of a flood marked with its alarm."""
    position, ended = _end(position, recent, now_ns, rules)
    told = tuple(event for event in events if event.motor_id == position.motor_id) + ended
    for event in (each for each in events if each.motor_id != position.motor_id):
        if not _announces(event):
            told += (event,)
            continue
        recent = (*recent, now_ns)[-(rules.flood.limit + 1) :]
        if event.priority in rules.flood.exempt or not _floods(position, recent, now_ns, rules):
            told += (event,)
            continue
        position, said = seen(position, _sign(rules), now_ns)
        alarm = position.alarm(FLOOD)
        assert alarm is not None, "it was just seen"
        told += (*said, replace(event, group=alarm.alarm_id))
    return position, recent, told


def flood_due_ns(position: MotorState, recent: Recent, rules: AlarmRules) -> int | None:
    """Return when a flood that is on will end, if nothing more comes."""
    alarm = position.alarm(FLOOD)
    if alarm is None or not alarm.active:
        return None
    if len(recent) < rules.flood.ends_below:
        return alarm.seen_ns
    return recent[-rules.flood.ends_below] + nanoseconds(rules.flood.window_s)


def _announces(event: AlarmEvent) -> bool:
    return event.event in ANNOUNCING and event.state == "unacknowledged_active"


def _floods(position: MotorState, recent: Recent, now_ns: int, rules: AlarmRules) -> bool:
    alarm = position.alarm(FLOOD)
    if alarm is not None and alarm.active:
        return True
    return _within(recent, now_ns, rules) > rules.flood.limit


def _within(recent: Recent, now_ns: int, rules: AlarmRules) -> int:
    return sum(now_ns - each < nanoseconds(rules.flood.window_s) for each in recent)


def _end(position: MotorState, recent: Recent, now_ns: int, rules: AlarmRules) -> Said:
    if _within(recent, now_ns, rules) >= rules.flood.ends_below:
        return position, ()
    return gone(position, FLOOD, now_ns, 0)


def _sign(rules: AlarmRules) -> Sign:
    flood = rules.flood
    minutes = flood.window_s / 60
    return Sign(
        key=FLOOD,
        category="flood",
        severity="danger",
        priority=rules.priority.flood,
        reasons=(f"more than {flood.limit} alarms in {minutes:g} min; they are grouped here",),
    )
