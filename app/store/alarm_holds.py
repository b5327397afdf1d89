"""Holds that follow the gateway's alarms: while one is open, and for good where it was judged."""

from collections.abc import Iterable

from sqlalchemy import Connection

from app.alarms.event import AlarmEvent
from app.store.keeping_schema import holds
from app.store.rows import Row
from app.store.write import insert, insert_new

BEFORE_ALARM_NS = 3600 * 10**9
"""An alarm's hour before it opened is kept with it: how it came about."""
FOREVER = 2**63 - 1
"""The end of what is open."""


def follow_alarms(connection: Connection, said: Iterable[AlarmEvent]) -> None:
    """Hold what belongs to open alarms and to verdicts, told in whatever order."""
    for event in said:
        if event.alarm_id is None:
            continue
        since_ns = event.at_ns if event.since_ns is None else event.since_ns
        from_ns = max(since_ns - BEFORE_ALARM_NS, -FOREVER)
        if event.event == "verdict":
            name = f"verdict {event.alarm_id}"
            kept = hold_row(name, event.motor_id, from_ns, event.at_ns, event.at_ns, "verdict")
            insert_new(connection, holds, [kept])
        # Of an alarm that is over, an instant stays: the word that it is over.
        bounds = (event.at_ns, event.at_ns) if event.state == "normal" else (from_ns, FOREVER)
        name = f"alarm {event.alarm_id}"
        _put_latest(connection, hold_row(name, event.motor_id, *bounds, event.at_ns, "alarm"))


def _put_latest(connection: Connection, row: Row) -> None:
    statement = insert(connection, holds)
    new = statement.excluded
    changed = {name: new[name] for name in ("from_ns", "to_ns", "said_ns")}
    latest = holds.c.said_ns <= new.said_ns
    connection.execute(
        statement.on_conflict_do_update(index_elements=["hold_id"], set_=changed, where=latest), row
    )


def hold_row(
    hold_id: str, motor_id: str, from_ns: int, to_ns: int, said_ns: int, reason: str
) -> Row:
    """Return the row of a hold."""
    return {
        "hold_id": hold_id,
        "motor_id": motor_id,
        "from_ns": from_ns,
        "to_ns": to_ns,
        "said_ns": said_ns,
        "reason": reason,
    }
