"""Deleting what is older than the policy keeps, five hundred events to a transaction.

The log is gone through in its own order: what a piece of it refers to, and its own rows, are
deleted in the transaction that writes their hours. A kill leaves whole pieces, and the next run
goes on. What belongs to an open alarm or a hold stays.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from app.store.append import take_head
from app.store.connection import reading, writing
from app.store.deletion import (
    delete_alarms,
    delete_diagnoses,
    delete_events,
    delete_reports,
    prune_hours,
)
from app.store.log_schema import events
from app.store.read import page_rows
from app.store.retention_policy import Retention
from app.store.rows import Row
from app.store.store import Store
from app.store.too_old import Old, days_ns, old_alarms, old_diagnoses, old_others, old_reports

PIECE = 500
_WHAT: dict[str, tuple[Callable[[Old], Select[Any]], Callable[[Connection, list[Row]], None]]] = {
    "reports": (old_reports, delete_reports),
    "diagnoses": (old_diagnoses, delete_diagnoses),
    "alarms": (old_alarms, delete_alarms),
    "others": (old_others, delete_events),
}
"""Of each name in `Pruned`: what is too old, and how it is deleted."""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """How much a run deleted, or with `dry_run` would delete."""

    reports: int = 0
    diagnoses: int = 0
    alarms: int = 0
    others: int = 0
    hours: int = 0


def prune(store: Store, policy: Retention, now_ns: int, *, dry_run: bool = False) -> Pruned:
    """Delete what is older than the policy keeps; a second run finds nothing more.

    Parameters
    ----------
    store, policy
        Where, and how long.
    now_ns : int
        Wall clock from which ages count.
    dry_run : bool
        Only count.

    Raises
    ------
    StoreError
        The database refuses; what was done before stands.
    """
    old = Old(now_ns, policy)
    total, after, last = Pruned(), 0, _last_old(store, old.youngest_ns)
    while (upper := _piece_end(store, after, last)) is not None:
        within = and_(events.c.event_offset > after, events.c.event_offset <= upper)
        with reading(store.engine) if dry_run else writing(store.engine) as connection:
            if not dry_run:
                take_head(connection)
            total = _sum(total, _prune_piece(connection, old, within, dry_run))
        after = upper
    hours = prune_hours(store, now_ns - days_ns(policy.hourly_days), dry_run)
    return msgspec.structs.replace(total, hours=hours)


def _last_old(store: Store, youngest_ns: int) -> int:
    query = select(func.max(events.c.event_offset)).where(events.c.received_ns < youngest_ns)
    with reading(store.engine) as connection:
        return int(connection.execute(query).scalar() or 0)


def _piece_end(store: Store, after: int, last: int) -> int | None:
    """Return the last offset of the next piece of the log; None at its end."""
    offset = events.c.event_offset
    piece = select(offset).where(offset > after, offset <= last).order_by(offset).limit(PIECE)
    with reading(store.engine) as connection:
        found = connection.execute(select(func.max(piece.subquery().c.event_offset))).scalar()
    return None if found is None else int(found)


def _prune_piece(
    connection: Connection, old: Old, within: ColumnElement[bool], dry_run: bool
) -> Pruned:
    counts = {}
    for name, (query, deleting) in _WHAT.items():
        rows = list(page_rows(connection, query(old).where(within)))
        if rows and not dry_run:
            deleting(connection, rows)
        counts[name] = len(rows)
    return Pruned(**counts)


def _sum(one: Pruned, other: Pruned) -> Pruned:
    a, b = msgspec.structs.asdict(one), msgspec.structs.asdict(other)
    return Pruned(**{name: a[name] + b[name] for name in a})
