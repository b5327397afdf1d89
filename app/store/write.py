"""Inserts that are harmless to repeat, within the transaction of their caller."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from app.messages import Alarm, DiagnosisMessage, Report
from app.store import schema
from app.store.rows import Row, alarm_row, diagnosis_row, finding_rows, report_row

IDENTITY = ("motor_id", "boot_id", "seq")
OUTCOME = ("state", "closed_ns", "peak", "reasons")
"""What the closing of an alarm adds to it."""
Insert = sqlite.Insert | postgresql.Insert
Identity = tuple[Any, ...]
"""motor_id, boot_id and seq, or whatever else is a table's key."""


def add_motors(connection: Connection, motor_ids: Iterable[str]) -> None:
    """Make motors known, as bare names where nothing else is."""
    rows = [{"motor_id": motor} for motor in sorted(motor_ids)]
    if rows:
        connection.execute(insert(connection, schema.motors).on_conflict_do_nothing(), rows)


def add_reports(connection: Connection, reports: Sequence[Report]) -> set[Identity]:
    """Store reports; return the identities of those that were new."""
    return insert_new(connection, schema.reports, [report_row(each) for each in reports])


def add_diagnoses(connection: Connection, messages: Iterable[DiagnosisMessage]) -> set[Identity]:
    """Store diagnoses with their findings; return the identities of those that were new."""
    by_identity = {(each.motor_id, each.boot_id, each.seq): each for each in messages}
    rows = [diagnosis_row(each) for each in by_identity.values()]
    new = insert_new(connection, schema.diagnoses, rows)
    # Only findings of new diagnoses: two deliveries must never mix into a third.
    findings = [row for identity in sorted(new) for row in finding_rows(by_identity[identity])]
    insert_new(connection, schema.findings, findings)
    return new


def add_alarms(connection: Connection, alarms: Sequence[Alarm]) -> None:
    """Store alarms; the closing of one is added to it once."""
    rows = [alarm_row(each) for each in alarms]
    insert_new(connection, schema.alarms, rows)
    closings = [row for row in rows if row["closed_ns"] is not None]
    if closings:
        statement = insert(connection, schema.alarms)
        final = {name: statement.excluded[name] for name in OUTCOME}
        statement = statement.on_conflict_do_update(
            index_elements=IDENTITY, set_=final, where=schema.alarms.c.closed_ns.is_(None)
        )
        connection.execute(statement, closings)


def insert(connection: Connection, table: Table) -> Insert:
    """Return an insert in the database's own dialect, for its ``ON CONFLICT``."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> set[Identity]:
    """Insert the rows whose key is not there yet; return the keys of those."""
    if not rows:
        return set()
    key = list(table.primary_key)
    statement = insert(connection, table).on_conflict_do_nothing()
    # Mostly all are new, and asking which costs PostgreSQL four times the insert.
    with connection.begin_nested() as attempt:
        counted = {"preserve_rowcount": True}
        result = connection.execute(statement, rows, execution_options=counted)
        if result.rowcount == len(rows):
            return {tuple(row[column.name] for column in key) for row in rows}
        attempt.rollback()
    return {tuple(row) for row in connection.execute(statement.returning(*key), rows)}
