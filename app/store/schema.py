"""The tables, the same for SQLite and PostgreSQL; `migrations/` brings any older store to them.

Rows are ordered by their own time and sequence alone, never by when they arrived. A report or
diagnosis may come before anything else is known of its motor, so a motor may be a bare name.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

HEAD = 6
VERSION_TABLE = "motorwatch_schema"
NOTHING = text("'[]'")

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _identity() -> tuple[Column[str], Column[str], Column[int]]:
    """Return the columns that make any redelivered message the same row."""
    return (
        Column("motor_id", String(120), ForeignKey("motors.motor_id"), primary_key=True),
        Column("boot_id", String(128), primary_key=True),
        Column("seq", BigInteger, primary_key=True, autoincrement=False),
    )


motors = Table(
    "motors",
    metadata,
    Column("motor_id", String(120), primary_key=True),
    Column("motor", JSON(none_as_null=True)),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String(128), primary_key=True),
    Column("motor_id", String(120), ForeignKey("motors.motor_id"), nullable=False),
    Column("boot_id", String(128), nullable=False),
    Column("source", Text, nullable=False),
    Column("source_hash", String(128), nullable=False),
    Column("spec_id", String(128), nullable=False),
    Column("release_id", String(128)),
    Column("started_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger),
    Column("state", String(16), nullable=False),
)

reports = Table(
    "reports",
    metadata,
    *_identity(),
    Column("t0_ns", BigInteger, nullable=False),
    Column("t1_ns", BigInteger, nullable=False),
    Column("clock", String(16), nullable=False),
    Column("spec_id", String(128), nullable=False),
    Column("release_id", String(128)),
    Column("motor_hash", String(128), nullable=False),
    Column("features", LargeBinary, nullable=False),
    Column("speed_rpm", Double),
    Column("load", Double),
    Column("logit", Double),
    Column("probability", Double),
    Column("probability_low", Double),
    Column("probability_high", Double),
    Column("distance", Double),
    Column("state", String(16), nullable=False),
    Column("sensor_status", String(32), nullable=False),
    Column("escalate", Boolean, nullable=False),
    Index(None, "motor_id", "t0_ns", "seq"),
)

diagnoses = Table(
    "diagnoses",
    metadata,
    *_identity(),
    Column("t0_ns", BigInteger, nullable=False),
    Column("t1_ns", BigInteger, nullable=False),
    Column("release_id", String(128)),
    Column("backend", String(16), nullable=False),
    Column("latency_ms", Double, nullable=False),
    Column("abstained", Text),
    Column("audit", JSON, nullable=False),
    Column("provisional", JSON, nullable=False, server_default=NOTHING),
    Column("senses", JSON, nullable=False, server_default=NOTHING),
    Column("measured", JSON, nullable=False, server_default=NOTHING),
    Column("shaft_hz", Double),
    Column("stage2", JSON(none_as_null=True)),
    Index(None, "motor_id", "t0_ns", "seq"),
)

findings = Table(
    "findings",
    metadata,
    Column("motor_id", String(120), primary_key=True),
    Column("boot_id", String(128), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    Column("condition", String(64), nullable=False),
    Column("confidence", JSON, nullable=False),
    Column("severity", JSON(none_as_null=True)),
    Column("evidence", JSON, nullable=False),
    Column("alternatives", JSON, nullable=False, server_default=NOTHING),
    ForeignKeyConstraint(
        ["motor_id", "boot_id", "seq"],
        ["diagnoses.motor_id", "diagnoses.boot_id", "diagnoses.seq"],
    ),
)

alarms = Table(
    "alarms",
    metadata,
    *_identity(),
    Column("state", String(16), nullable=False),
    Column("opened_ns", BigInteger, nullable=False),
    Column("closed_ns", BigInteger),
    Column("peak", Double, nullable=False),
    Column("reasons", JSON, nullable=False),
    Index(None, "motor_id", "opened_ns"),
)
