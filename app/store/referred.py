"""The payloads of events that the log itself does not hold, from the tables that do."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, select

from app.messages import encode
from app.store.log_schema import events
from app.store.read import FINDING, diagnosis_of, page_rows
from app.store.rows import Row, to_report
from app.store.schema import diagnoses, findings, reports
from app.store.write import IDENTITY

Payloads = dict[int, bytes]
"""By offset."""


def referred_payloads(connection: Connection, rows: Sequence[Row]) -> Payloads:
    """Return the messages that rows of the log refer to, as they were sent."""
    by_kind: dict[str, list[int]] = {"report": [], "diagnosis": []}
    for row in rows:
        if row["payload"] is None:
            by_kind[row["kind"]].append(row["event_offset"])
    reported = _report_payloads(connection, by_kind["report"])
    return reported | _diagnosis_payloads(connection, by_kind["diagnosis"])


def _report_payloads(connection: Connection, offsets: Sequence[int]) -> Payloads:
    rows = page_rows(connection, _joined(reports, offsets, reports))
    return {row.pop("event_offset"): encode(to_report(row)) for row in rows}


def _diagnosis_payloads(connection: Connection, offsets: Sequence[int]) -> Payloads:
    parts = [findings.c[name] for name in FINDING]
    query = _joined(diagnoses, offsets, diagnoses, *parts).outerjoin_from(diagnoses, findings)
    rows = page_rows(connection, query.order_by(events.c.event_offset, findings.c.rank))
    payloads: Payloads = {}
    for offset, joined in groupby(rows, itemgetter("event_offset")):
        lines = list(joined)
        del lines[0]["event_offset"]
        payloads[offset] = encode(diagnosis_of(lines))
    return payloads


def _joined(table: Table, offsets: Sequence[int], *parts: Any) -> Select[Any]:  # noqa: ANN401
    same = and_(*[table.c[name] == events.c[name] for name in IDENTITY])
    return (
        select(events.c.event_offset, *parts)
        .join_from(events, table, same)
        .where(events.c.event_offset.in_(offsets))
    )
