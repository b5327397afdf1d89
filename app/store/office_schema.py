"""The tables of what people did and were told: acts of operators, notices and their delivery."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from app.store.schema import metadata

Number = BigInteger().with_variant(Integer, "sqlite")

acts = Table(
    "acts",
    metadata,
    Column("act_id", Number, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("operator", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("notice_id", String(128), primary_key=True),
    Column("event", String(64), nullable=False),
    Column("motor_id", String(120), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("notice_id", String(128), ForeignKey("notices.notice_id"), primary_key=True),
    Column("channel", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("put_ns", BigInteger, nullable=False),
    Column("due_ns", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("ended_ns", BigInteger),
    Column("error", Text),
    Index(None, "channel", "state", "due_ns"),
)
