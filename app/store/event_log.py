"""Reading the event log: in the order of commits, from any offset, as often as wanted.

Offsets rise by one from 1; what retention deletes leaves its offsets unused. A reader that
remembers the last offset it has seen misses nothing and sees nothing twice.
"""

import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

import msgspec
from sqlalchemy import Select, select

from app.bus.bus import Bus
from app.store.connection import reading
from app.store.log_schema import event_head, events
from app.store.read import page_rows
from app.store.referred import Payloads, referred_payloads
from app.store.rows import Row
from app.store.store import Store
from app.topics import PREFIX
from sensors.errors import StoreError

PAGE = 1000


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One committed message.

    Attributes
    ----------
    offset
        Its place in the order of commits.
    received_ns
        Wall clock when it arrived; for people, nothing is ordered by it.
    site, motor_id, kind
        Those of its topic.
    boot_id, seq, step
        Its identity within motor and kind.
    payload
        The message itself, as JSON.
    """

    offset: int
    received_ns: int
    site: str
    motor_id: str
    kind: str
    boot_id: str
    seq: int
    step: int
    payload: msgspec.Raw

    @property
    def topic(self) -> str:
        """Where it was published."""
        return f"{PREFIX}/{self.site}/{self.motor_id}/{self.kind}"


def read_events(
    store: Store,
    after_offset: int = 0,
    limit: int = PAGE,
    *,
    kinds: Collection[str] = (),
    motor_id: str | None = None,
) -> list[Event]:
    """Return the next events after an offset, at most `limit`; all kinds unless some are named.

    Raises
    ------
    StoreError
        The database refuses, or a row of the log refers to a message that is not there.
    """
    query = _of(kinds, motor_id).where(events.c.event_offset > after_offset)
    return _fetch(store, query.order_by(events.c.event_offset).limit(limit))


def latest_events(
    store: Store, count: int, *, kinds: Collection[str] = (), motor_id: str | None = None
) -> list[Event]:
    """Return the last events, at most `count`, the oldest of them first."""
    query = _of(kinds, motor_id).order_by(events.c.event_offset.desc()).limit(count)
    return _fetch(store, query)[::-1]


def last_offset(store: Store) -> int:
    """Return the offset of the latest commit's last message; 0 of an empty log."""
    with reading(store.engine) as connection:
        return int(connection.execute(select(event_head.c.last_offset)).scalar_one())


def offset_before(store: Store, received_ns: int) -> int:
    """Return the offset after which the first event lies that arrived at or after an instant."""
    query = select(events.c.event_offset).where(events.c.received_ns >= received_ns)
    with reading(store.engine) as connection:
        found = connection.execute(query.order_by(events.c.event_offset).limit(1)).scalar()
    return last_offset(store) if found is None else found - 1


def every_event(
    store: Store,
    after_offset: int = 0,
    to_offset: int | None = None,
    *,
    kinds: Collection[str] = (),
    motor_id: str | None = None,
) -> Iterator[Event]:
    """Yield events up to and with `to_offset`, a page at a time; without it, to the end."""
    end = last_offset(store) if to_offset is None else to_offset
    while page := read_events(store, after_offset, kinds=kinds, motor_id=motor_id):
        for event in page:
            if event.offset > end:
                return
            yield event
        after_offset = page[-1].offset


def tail(
    store: Store,
    after_offset: int,
    *,
    kinds: Collection[str] = (),
    motor_id: str | None = None,
    poll_s: float = 0.5,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Event]:
    """Yield events after an offset and then each new one, for ever."""
    while True:
        page = read_events(store, after_offset, kinds=kinds, motor_id=motor_id)
        yield from page
        if page:
            after_offset = page[-1].offset
        else:
            sleep(poll_s)


def republish(found: Iterator[Event], bus: Bus) -> int:
    """Publish events again, each on its own topic and in order; return how many.

    Raises
    ------
    BusError
        The bus is full or lost: events up to there were published.
    """
    count = 0
    for event in found:
        bus.publish(event.topic, bytes(event.payload))
        count += 1
    return count


def _of(kinds: Collection[str], motor_id: str | None) -> Select[Any]:
    query = select(events)
    if kinds:
        query = query.where(events.c.kind.in_(sorted(kinds)))
    return query if motor_id is None else query.where(events.c.motor_id == motor_id)


def _fetch(store: Store, query: Select[Any]) -> list[Event]:
    with reading(store.engine) as connection:
        rows = list(page_rows(connection, query))
        payloads = referred_payloads(connection, rows)
    return [_event(row, payloads) for row in rows]


def _event(row: Row, payloads: Payloads) -> Event:
    offset = row["event_offset"]
    payload = row["payload"] or payloads.get(offset)
    if payload is None:
        raise StoreError(
            f"event {offset} refers to a {row['kind']} that is not in the store: the row was "
            "deleted by hand; restore the store from a copy, or read on after this offset"
        )
    fields = {name: row[name] for name in Event.__struct_fields__[1:-1]}
    return Event(offset=offset, payload=msgspec.Raw(payload), **fields)
