"""Deleting rows and what hangs on them, within the transaction of the caller."""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, Table, and_, bindparam, delete, select, tuple_

from app.store.aggregate import aggregate, hour_of, merge
from app.store.connection import reading, writing
from app.store.keeping_schema import hourly
from app.store.log_schema import events
from app.store.read import page_rows
from app.store.retention_policy import DAY_NS
from app.store.rows import Row
from app.store.schema import alarms, diagnoses, findings, reports
from app.store.store import Store
from app.store.write import IDENTITY, insert

HOUR = ("motor_id", "spec_id", "hour_ns")
CHUNK = 1000
OLDEST_DATED_NS = 30 * 365 * DAY_NS
"""Before the year 2000 no clock of this system was right."""


def delete_reports(connection: Connection, rows: Sequence[Row]) -> None:
    """Delete reports and their events, and add them to their hours."""

    def hour(row: Row) -> tuple[str, str, int]:
        return row["motor_id"], row["spec_id"], hour_of(row["t0_ns"])

    for key, some in groupby(sorted(rows, key=hour), hour):
        _add_hour(connection, key, aggregate(list(some)))
    _delete_identities(connection, reports, rows)
    delete_events(connection, rows)


def _add_hour(connection: Connection, key: tuple[str, str, int], fresh: Row) -> None:
    same = and_(*[hourly.c[name] == value for name, value in zip(HOUR, key, strict=True)])
    known = next(page_rows(connection, select(hourly).where(same)), None)
    row = fresh if known is None else merge(known, fresh)
    statement = insert(connection, hourly)
    changed = {name: statement.excluded[name] for name in row if name not in HOUR}
    connection.execute(statement.on_conflict_do_update(index_elements=HOUR, set_=changed), row)


def delete_diagnoses(connection: Connection, rows: Sequence[Row]) -> None:
    """Delete diagnoses, their findings and their events."""
    for table in (findings, diagnoses):
        _delete_identities(connection, table, rows)
    delete_events(connection, rows)


def delete_alarms(connection: Connection, rows: Sequence[Row]) -> None:
    """Delete alarms, with the events of opening and closing."""
    _delete_identities(connection, alarms, rows)
    both = [events.c[name] for name in IDENTITY]
    among = tuple_(*both).in_([tuple(row[name] for name in IDENTITY) for row in rows])
    connection.execute(delete(events).where(events.c.kind == "alarm", among))


def _delete_identities(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    # One statement for each row, sent together: PostgreSQL plans a long list of keys slowly.
    mine = and_(*[table.c[name] == bindparam(f"its_{name}") for name in IDENTITY])
    keys = [{f"its_{name}": row[name] for name in IDENTITY} for row in rows]
    connection.execute(delete(table).where(mine), keys)


def delete_events(connection: Connection, rows: Sequence[Row]) -> None:
    """Delete rows of the log."""
    offsets = [row["event_offset"] for row in rows]
    connection.execute(delete(events).where(events.c.event_offset.in_(offsets)))


def prune_hours(store: Store, before_ns: int, dry_run: bool) -> int:
    """Delete hours from before an instant, or only count them; return how many."""
    # Hours know only their own time, and those of an unknown clock stay: they are few.
    old = and_(hourly.c.hour_ns < before_ns, hourly.c.hour_ns >= OLDEST_DATED_NS)
    with reading(store.engine) as connection:
        query = select(*[hourly.c[name] for name in HOUR]).where(old)
        keys = [tuple(row) for row in connection.execute(query)]
    columns = [hourly.c[name] for name in HOUR]
    for start in range(0, 0 if dry_run else len(keys), CHUNK):
        with writing(store.engine) as connection:
            among = tuple_(*columns).in_(keys[start : start + CHUNK])
            connection.execute(delete(hourly).where(among))
    return len(keys)
