"""Every table of a store: whoever needs all of them imports this, and so each module has run."""

from sqlalchemy import Table

from app.store.keeping_schema import captures, holds, hourly
from app.store.log_schema import event_head, events, seq_ranges
from app.store.office_schema import acts, deliveries, notices
from app.store.schema import alarms, diagnoses, findings, motors, reports, runs

TABLES: tuple[Table, ...] = (
    motors,
    runs,
    reports,
    diagnoses,
    findings,
    alarms,
    events,
    event_head,
    seq_ranges,
    hourly,
    holds,
    captures,
    acts,
    notices,
    deliveries,
)
