"""The event log and the ranges of sequence numbers, filled from what is there already."""

import json
import time
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the tables; what was stored before counts as received now, in its own order."""
    _create_log()
    _create_ranges()
    _log_alarms(_log_reports_and_diagnoses())
    _fill_ranges()


def _create_log() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "events",
        sa.Column("event_offset", number, nullable=False, autoincrement=False),
        sa.Column("received_ns", sa.BigInteger, nullable=False),
        sa.Column("site", sa.String(120), nullable=False),
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.Column("payload", sa.LargeBinary),
        sa.PrimaryKeyConstraint("event_offset", name="pk_events"),
    )
    op.create_index("ix_events_received_ns", "events", ["received_ns"])
    here = sa.text("payload IS NOT NULL")
    op.create_index(
        "ix_events_identity",
        "events",
        ["motor_id", "boot_id", "seq", "kind", "step"],
        unique=True,
        sqlite_where=here,
        postgresql_where=here,
    )
    op.create_table(
        "event_head",
        sa.Column("head_id", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("last_offset", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("head_id", name="pk_event_head"),
    )


def _create_ranges() -> None:
    op.create_table(
        "seq_ranges",
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("first_seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("motor_id", "boot_id", "kind", "first_seq", name="pk_seq_ranges"),
    )


def _log_reports_and_diagnoses() -> int:
    op.execute(
        sa.text(
            "INSERT INTO events SELECT ROW_NUMBER() OVER (ORDER BY t0_ns, seq, motor_id, boot_id, "
            "kind DESC), :now, 'local', motor_id, kind, boot_id, seq, 0, NULL FROM ("
            "SELECT motor_id, boot_id, seq, t0_ns, 'report' AS kind FROM reports UNION ALL "
            "SELECT motor_id, boot_id, seq, t0_ns, 'diagnosis' AS kind FROM diagnoses) AS known"
        ).bindparams(sa.bindparam("now", time.time_ns(), sa.BigInteger))
    )
    count = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM events")).scalar_one()
    return int(count)


def _log_alarms(last: int) -> None:
    alarms = sa.table(
        "alarms", *[sa.column(name) for name in _ALARM], sa.column("reasons", sa.JSON)
    )
    known = op.get_bind().execute(sa.select(alarms).order_by("opened_ns", "seq", "boot_id")).all()
    events = sa.table("events", *[sa.column(name) for name in _EVENT])
    for row in known:
        said = dict(row._mapping)
        for step in (0, 1) if said["closed_ns"] is not None else (0,):
            last += 1
            op.get_bind().execute(sa.insert(events).values(_alarm_event(last, said, step)))
    op.execute(sa.text(f"INSERT INTO event_head (head_id, last_offset) VALUES (1, {last:d})"))


_ALARM = ("motor_id", "boot_id", "seq", "state", "opened_ns", "closed_ns", "peak")
_EVENT = (
    "event_offset",
    "received_ns",
    "site",
    "motor_id",
    "kind",
    "boot_id",
    "seq",
    "step",
    "payload",
)


def _alarm_event(offset: int, said: dict[str, Any], step: int) -> dict[str, Any]:
    payload = said | {"closed_ns": said["closed_ns"] if step else None, "version": 1}
    return {
        "event_offset": offset,
        "received_ns": time.time_ns(),
        "site": "local",
        "motor_id": said["motor_id"],
        "kind": "alarm",
        "boot_id": said["boot_id"],
        "seq": said["seq"],
        "step": step,
        "payload": json.dumps(payload).encode(),
    }


def _fill_ranges() -> None:
    # Within a run of consecutive numbers, number minus rank is constant.
    op.execute(
        "INSERT INTO seq_ranges SELECT motor_id, boot_id, 'stored', MIN(seq), MAX(seq) FROM ("
        "SELECT motor_id, boot_id, seq, seq - ROW_NUMBER() OVER "
        "(PARTITION BY motor_id, boot_id ORDER BY seq) AS island FROM reports) AS numbered "
        "GROUP BY motor_id, boot_id, island"
    )
