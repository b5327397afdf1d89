"""Queries, each within the transaction of its caller and in order of (t0_ns, seq)."""

from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, func, select

from app.messages import Alarm, DiagnosisMessage, Report
from app.store.rows import Row, revive, to_diagnosis, to_report
from app.store.run import Run, RunSummary
from app.store.schema import alarms, diagnoses, findings, reports, runs

PAGE = 1000
FINDING = ("condition", "confidence", "severity", "evidence", "alternatives")


def stored_reports(
    connection: Connection, motor_id: str, from_ns: int | None, to_ns: int | None
) -> Iterator[Report]:
    """Yield a motor's reports whose windows begin within ``[from_ns, to_ns)``."""
    query = _in_time(select(reports), reports, motor_id, from_ns, to_ns)
    for row in page_rows(connection, query):
        yield to_report(row)


def latest_report(connection: Connection, motor_id: str) -> Report | None:
    """Return a motor's latest report by its own time."""
    query = (
        select(reports)
        .where(reports.c.motor_id == motor_id)
        .order_by(reports.c.t0_ns.desc(), reports.c.seq.desc(), reports.c.boot_id.desc())
        .limit(1)
    )
    row = next(page_rows(connection, query), None)
    return None if row is None else to_report(row)


def stored_diagnoses(
    connection: Connection, motor_id: str, from_ns: int | None, to_ns: int | None
) -> Iterator[DiagnosisMessage]:
    """Yield a motor's diagnoses of windows that begin within ``[from_ns, to_ns)``."""
    parts = [findings.c[name] for name in FINDING]
    query = _in_time(
        select(diagnoses, *parts).outerjoin_from(diagnoses, findings),
        diagnoses,
        motor_id,
        from_ns,
        to_ns,
    ).order_by(findings.c.rank)
    # Closed before the connection even if the caller stops half way.
    with closing(page_rows(connection, query)) as rows:
        for _, joined in groupby(rows, itemgetter("boot_id", "seq")):
            yield diagnosis_of(list(joined))


def diagnosis_of(lines: list[Row]) -> DiagnosisMessage:
    """Return the diagnosis whose row is joined with each of its findings, or with none."""
    found = [{name: line.pop(name) for name in FINDING} for line in lines]
    return to_diagnosis(lines[0], [each for each in found if each["condition"] is not None])


def stored_alarms(
    connection: Connection, motor_id: str, from_ns: int | None, to_ns: int | None
) -> Iterator[Alarm]:
    """Yield a motor's alarms that opened within ``[from_ns, to_ns)``."""
    query = (
        select(alarms)
        .where(alarms.c.motor_id == motor_id, *_between(alarms.c.opened_ns, from_ns, to_ns))
        .order_by(alarms.c.opened_ns, alarms.c.seq, alarms.c.boot_id)
    )
    for row in page_rows(connection, query):
        yield revive(row, Alarm)


def stored_runs(connection: Connection) -> Iterator[Run]:
    """Yield all runs in order of their start."""
    for row in page_rows(connection, select(runs).order_by(runs.c.started_ns, runs.c.run_id)):
        yield revive(row, Run)


def summary(connection: Connection, run_id: str) -> RunSummary | None:
    """Return what the store holds of a run; None of an unknown one."""
    row = next(page_rows(connection, select(runs).where(runs.c.run_id == run_id)), None)
    if row is None:
        return None
    run = revive(row, Run)
    states = _counts(connection, reports, run, reports.c.state)
    conditions = _counts(connection, findings, run, findings.c.condition)
    span = select(func.min(reports.c.t0_ns), func.max(reports.c.t1_ns)).where(_of(reports, run))
    t0_ns, t1_ns = connection.execute(span).one()
    return RunSummary(
        run=run,
        reports=sum(states.values()),
        diagnoses=_count(connection, diagnoses, run),
        alarms=_count(connection, alarms, run),
        states=states,
        conditions=conditions,
        t0_ns=t0_ns,
        t1_ns=t1_ns,
    )


def integrity(connection: Connection) -> tuple[str, ...]:
    """Return what SQLite finds wrong with its file; of PostgreSQL only that it answers."""
    if connection.dialect.name != "sqlite":
        connection.execute(select(1))
        return ()
    pages = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return tuple(line for line in pages if line != "ok") + tuple(
        f"{table} row {rowid} refers to a missing {parent}" for table, rowid, parent, _ in orphans
    )


def _in_time(
    query: Select[Any], table: Table, motor_id: str, from_ns: int | None, to_ns: int | None
) -> Select[Any]:
    columns = table.c
    return query.where(
        columns.motor_id == motor_id, *_between(columns.t0_ns, from_ns, to_ns)
    ).order_by(columns.t0_ns, columns.seq, columns.boot_id)


def _between(
    column: ColumnElement[int], from_ns: int | None, to_ns: int | None
) -> list[ColumnElement[bool]]:
    bounds = []
    if from_ns is not None:
        bounds.append(column >= from_ns)
    if to_ns is not None:
        bounds.append(column < to_ns)
    return bounds


def page_rows(connection: Connection, query: Select[Any]) -> Generator[Row, None, None]:
    """Yield rows a page at a time, so that a long history needs no memory."""
    with connection.execute(query, execution_options={"yield_per": PAGE}) as result:
        # SQLAlchemy's names are a subclass of str, which msgspec does not take for one.
        names = [str(name) for name in result.keys()]  # noqa: SIM118 - a result is no mapping
        for row in result:
            yield dict(zip(names, row, strict=True))


def _of(table: Table, run: Run) -> ColumnElement[bool]:
    return and_(table.c.motor_id == run.motor_id, table.c.boot_id == run.boot_id)


def _count(connection: Connection, table: Table, run: Run) -> int:
    query = select(func.count()).select_from(table).where(_of(table, run))
    return connection.execute(query).scalar_one()


def _counts(
    connection: Connection, table: Table, run: Run, by: ColumnElement[str]
) -> dict[str, int]:
    query = select(by, func.count()).where(_of(table, run)).group_by(by).order_by(by)
    return {row[0]: row[1] for row in connection.execute(query)}
