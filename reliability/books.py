"""The books after a fault: what SQLite itself says of the file, read without the application."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from app.receipts import LOSS_OF
from reliability.observer import Numbered

BUSY_S = 30.0
TABLES = {"report": "reports", "diagnosis": "diagnoses"}
"""Kinds with a table of their own."""
DUPLICATES = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM events "
    "GROUP BY motor_id, boot_id, seq, kind, step HAVING COUNT(*) > 1)",
    "SELECT COUNT(*) FROM (SELECT 1 FROM reports "
    "GROUP BY motor_id, boot_id, t0_ns HAVING COUNT(*) > 1)",
    "SELECT COUNT(*) FROM (SELECT 1 FROM reports "
    "GROUP BY motor_id, boot_id, seq HAVING COUNT(*) > 1)",
    "SELECT COUNT(*) FROM (SELECT 1 FROM diagnoses "
    "GROUP BY motor_id, boot_id, seq HAVING COUNT(*) > 1)",
)
"""One row of the log for a message, one row for a window, one for an identity."""


class Books(NamedTuple):
    """What a store holds.

    Attributes
    ----------
    rows : dict of str to int
        Rows of each typed table, and of the log.
    duplicates : int
        Messages with more than one row.
    strays : int
        Rows of the log without their typed row, or the reverse, and unused offsets.
    """

    rows: dict[str, int]
    duplicates: int
    strays: int


def connect(path: Path) -> sqlite3.Connection:
    """Open a store's file as any other program would."""
    return sqlite3.connect(path, timeout=BUSY_S)


def is_sound(path: Path) -> bool:
    """Whether SQLite's own checks of pages, indexes and references find nothing."""
    with connect(path) as database:
        pages = database.execute("PRAGMA integrity_check").fetchall()
        references = database.execute("PRAGMA foreign_key_check").fetchall()
    database.close()
    return pages == [("ok",)] and not references


def read_books(path: Path) -> Books:
    """Count rows, duplicates and strays."""
    database = connect(path)

    def one(query: str) -> int:
        return int(database.execute(query).fetchone()[0])

    rows = {table: one(f"SELECT COUNT(*) FROM {table}") for table in (*TABLES.values(), "events")}
    strays = sum(
        abs(rows[table] - one(f"SELECT COUNT(*) FROM events WHERE kind = '{kind}'"))
        for kind, table in TABLES.items()
    )
    strays += abs(one("SELECT last_offset FROM event_head") - rows["events"])
    found = Books(rows, sum(map(one, DUPLICATES)), strays)
    database.close()
    return found


def stored(path: Path) -> set[Numbered]:
    """Return every message of the store as an acknowledgement names it."""
    database = connect(path)
    query = "SELECT motor_id, boot_id, seq FROM {}"
    found = {
        Numbered(motor, boot, kind, seq)
        for kind, table in TABLES.items()
        for motor, boot, seq in database.execute(query.format(table))
    }
    losses = tuple(LOSS_OF.values())
    others = "SELECT motor_id, boot_id, kind, step, seq FROM events WHERE payload IS NOT NULL"
    for motor, boot, kind, step, seq in database.execute(others):
        if kind == "dropped":
            kind = losses[step]
        elif kind == "alarm":
            kind = "alarm closed" if step else "alarm opened"
        found.add(Numbered(motor, boot, kind, seq))
    database.close()
    return found


def lost(acked: Iterable[Numbered], path: Path) -> set[Numbered]:
    """Return what was acknowledged and is not there."""
    return set(acked) - stored(path)


def stored_since(path: Path, received_ns: int, not_of: frozenset[str] = frozenset()) -> bool:
    """Whether a report that came after an instant, of none of some boots, is committed."""
    database = connect(path)
    query = "SELECT DISTINCT boot_id FROM events WHERE kind = 'report' AND received_ns > ?"
    boots = {boot for (boot,) in database.execute(query, (received_ns,))}
    database.close()
    return bool(boots - not_of)
