"""The one way into the store: typed rows, the log's rows and the ranges, in one transaction.

Whoever writes holds the log's head until it commits, so offsets are without gaps and in the order
of commits on PostgreSQL too, where writers otherwise overtake each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, tuple_, update

from app.alarms.event import AlarmEvent
from app.interlock.record import InterlockRecord
from app.messages import Alarm, DiagnosisMessage, Recorded, Report, encode, recorded_kind
from app.receipts import LOSS_OF, Dropped
from app.store.alarm_holds import follow_alarms
from app.store.arrival import Arrival, LogOnly
from app.store.log_schema import event_head, events
from app.store.ranges import add_ranges, runs_of
from app.store.rows import Row
from app.store.write import Identity, add_alarms, add_diagnoses, add_motors, add_reports

CHUNK = 1000
"""Identities to one question: databases bound the parameters of a statement."""


LOSSES = tuple(LOSS_OF)
"""Statements of loss are numbered within each of these."""


class Key(NamedTuple):
    """What makes a redelivered message the same row of the log."""

    motor_id: str
    boot_id: str
    seq: int
    kind: str
    step: int


def add_arrivals(connection: Connection, arrivals: Sequence[Arrival]) -> int:
    """Store what arrived, in its order; return how many messages were new to the store."""
    last = take_head(connection)
    # The first of several deliveries stands.
    keyed: dict[Key, Arrival] = {}
    for arrival in arrivals:
        keyed.setdefault(key_of(arrival.message), arrival)
    fresh = _add_typed(connection, keyed) | _fresh_payloads(connection, keyed)
    new = [(key, arrival) for key, arrival in keyed.items() if key in fresh]
    rows = [_event(last + i, key, arrival) for i, (key, arrival) in enumerate(new, start=1)]
    if rows:
        connection.execute(insert(events), rows)
        connection.execute(update(event_head).values(last_offset=last + len(rows)))
        messages = [arrival.message for _, arrival in new]
        _add_ranges(connection, messages)
        follow_alarms(connection, [each for each in messages if isinstance(each, AlarmEvent)])
    return len(rows)


def key_of(message: Recorded | LogOnly) -> Key:
    """Return the key of a message; an alarm's closing is another message than its opening."""
    identity = (message.motor_id, message.boot_id, message.seq)
    match message:
        case Report():
            return Key(*identity, "report", 0)
        case DiagnosisMessage():
            return Key(*identity, "diagnosis", 0)
        case Alarm():
            return Key(*identity, "alarm", int(message.closed_ns is not None))
        case Dropped():
            return Key(*identity, "dropped", LOSSES.index(message.lost))
        case AlarmEvent() | InterlockRecord():
            return Key(*identity, recorded_kind(message), 0)
        case LogOnly():
            return Key(*identity, message.kind, message.step)


def take_head(connection: Connection) -> int:
    """Return the last offset, and keep every other writer waiting until this one commits."""
    # SQLite has the whole file already: its transaction began IMMEDIATE.
    query = select(event_head.c.last_offset).with_for_update()
    return int(connection.execute(query).scalar_one())


def _add_typed(connection: Connection, keyed: Mapping[Key, Arrival]) -> set[Key]:
    messages = [arrival.message for arrival in keyed.values()]
    add_motors(connection, {message.motor_id for message in messages})
    add_alarms(connection, [each for each in messages if isinstance(each, Alarm)])
    reports = add_reports(connection, [each for each in messages if isinstance(each, Report)])
    diagnosed = [each for each in messages if isinstance(each, DiagnosisMessage)]
    return _keys("report", reports) | _keys("diagnosis", add_diagnoses(connection, diagnosed))


def _keys(kind: str, identities: Iterable[Identity]) -> set[Key]:
    return {Key(motor, boot, seq, kind, 0) for motor, boot, seq in identities}


def _fresh_payloads(connection: Connection, keyed: Mapping[Key, Arrival]) -> set[Key]:
    """Return the keys of messages that the log itself has to tell apart and does not know."""
    asked = [
        key
        for key, each in keyed.items()
        if not isinstance(each.message, Report | DiagnosisMessage)
    ]
    columns = [events.c[name] for name in Key._fields]
    fresh = set(asked)
    for start in range(0, len(asked), CHUNK):
        among = tuple_(*columns).in_(asked[start : start + CHUNK])
        query = select(*columns).where(events.c.payload.is_not(None), among)
        fresh -= {Key(*row) for row in connection.execute(query)}
    return fresh


def _event(offset: int, key: Key, arrival: Arrival) -> Row:
    return {
        "event_offset": offset,
        "received_ns": arrival.received_ns,
        "site": arrival.site,
        "payload": _payload(arrival.message),
        **key._asdict(),
    }


def _payload(message: Recorded | LogOnly) -> bytes | None:
    match message:
        case LogOnly():
            return message.payload
        case Report() | DiagnosisMessage():
            return None
        case _:
            return encode(message)


def _add_ranges(connection: Connection, new: Sequence[Recorded | LogOnly]) -> None:
    reports = [each for each in new if isinstance(each, Report)]
    add_ranges(
        connection, "stored", runs_of((each.motor_id, each.boot_id, each.seq) for each in reports)
    )
    for each in new:
        if isinstance(each, Dropped) and each.lost == "report":
            ranges = [(each.motor_id, each.boot_id, lost) for lost in each.ranges]
            add_ranges(connection, "declared", ranges)
