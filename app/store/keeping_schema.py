"""The tables of what is kept how long: hourly aggregates, holds, and the index of raw captures."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from app.store.schema import metadata

hourly = Table(
    "hourly",
    metadata,
    Column("motor_id", String(120), ForeignKey("motors.motor_id"), primary_key=True),
    Column("spec_id", String(128), primary_key=True),
    Column("hour_ns", BigInteger, primary_key=True, autoincrement=False),
    Column("reports", Integer, nullable=False),
    # One number a feature: uint32 how many were usable, float32 the rest; NaN where none was.
    Column("counts", LargeBinary, nullable=False),
    Column("lows", LargeBinary, nullable=False),
    Column("means", LargeBinary, nullable=False),
    Column("highs", LargeBinary, nullable=False),
    Column("scored", Integer, nullable=False),
    Column("probability_low", Double),
    Column("probability_mean", Double),
    Column("probability_high", Double),
)

holds = Table(
    "holds",
    metadata,
    Column("hold_id", String(200), primary_key=True),
    Column("motor_id", String(120), nullable=False),
    Column("from_ns", BigInteger, nullable=False),
    Column("to_ns", BigInteger, nullable=False),
    Column("said_ns", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "motor_id"),
)

captures = Table(
    "captures",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("motor_id", String(120), nullable=False),
    Column("boot_id", String(128), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("t0_ns", BigInteger, nullable=False),
    Column("t1_ns", BigInteger, nullable=False),
    Column("reason", String(16), nullable=False),
    Column("stored_ns", BigInteger, nullable=False),
    Column("file_bytes", BigInteger, nullable=False),
    Column("encrypted", Boolean, nullable=False),
    Index(None, "motor_id", "t0_ns"),
)
