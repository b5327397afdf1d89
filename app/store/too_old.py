"""What of the log is too old to keep, as queries: age by arrival, and nobody needs it."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from app.store.alarm_holds import FOREVER
from app.store.holds import is_held
from app.store.keeping_schema import holds
from app.store.log_schema import events
from app.store.retention_policy import DAY_NS, Retention
from app.store.schema import alarms, diagnoses, reports
from app.store.write import IDENTITY


@dataclass(frozen=True, slots=True)
class Old:
    """What counts as too old: the policy, seen from an instant."""

    now_ns: int
    policy: Retention

    @property
    def youngest_ns(self) -> int:
        """Nothing that arrived from here on is too old."""
        kept = msgspec.structs.asdict(self.policy)
        del kept["hourly_days"]
        return self.now_ns - days_ns(min(kept.values()))

    def than(self, days: float) -> ColumnElement[bool]:
        """Return the condition that an event is older than so many days."""
        return events.c.received_ns < self.now_ns - days_ns(days)


def days_ns(days: float) -> int:
    """Return days in nanoseconds."""
    return round(days * DAY_NS)


def _same(table: Table) -> ColumnElement[bool]:
    return and_(*[table.c[name] == events.c[name] for name in IDENTITY])


def old_reports(old: Old) -> Select[Any]:
    """Return the reports that are too old, with their offsets."""
    return (
        select(events.c.event_offset, reports)
        .join_from(events, reports, _same(reports))
        .where(
            events.c.kind == "report",
            old.than(old.policy.reports_days),
            ~is_held(reports.c.motor_id, reports.c.t0_ns, reports.c.t1_ns),
        )
    )


def old_diagnoses(old: Old) -> Select[Any]:
    """Return the identities of diagnoses that are too old, with their offsets."""
    return (
        select(events.c.event_offset, *[diagnoses.c[name] for name in IDENTITY])
        .join_from(events, diagnoses, _same(diagnoses))
        .where(
            events.c.kind == "diagnosis",
            old.than(old.policy.diagnoses_days),
            ~is_held(diagnoses.c.motor_id, diagnoses.c.t0_ns, diagnoses.c.t1_ns),
        )
    )


def old_alarms(old: Old) -> Select[Any]:
    """Return the identities of alarms that were closed too long ago, with their offsets."""
    # By the event that closed it; one that is open stays whole.
    held = is_held(alarms.c.motor_id, alarms.c.opened_ns, alarms.c.closed_ns)
    return (
        select(events.c.event_offset, *[alarms.c[name] for name in IDENTITY])
        .join_from(events, alarms, _same(alarms))
        .where(
            events.c.kind == "alarm",
            events.c.step == 1,
            old.than(old.policy.alarms_days),
            alarms.c.closed_ns.is_not(None),
            ~held,
        )
    )


def old_others(old: Old) -> Select[Any]:
    """Return the events of every other kind that are too old, with their offsets."""
    about_alarms = events.c.kind.like("alarm%")
    # What is told of a motor's alarms stays while one is open: it may be about that one.
    opened = (
        select(alarms.c.motor_id)
        .where(alarms.c.closed_ns.is_(None))
        .union(select(holds.c.motor_id).where(holds.c.to_ns == FOREVER))
    )
    return select(events.c.event_offset).where(
        events.c.kind.not_in(["report", "diagnosis", "alarm"]),
        or_(
            and_(~about_alarms, old.than(old.policy.others_days)),
            and_(
                about_alarms,
                old.than(old.policy.alarms_days),
                events.c.motor_id.not_in(opened),
            ),
        ),
    )
