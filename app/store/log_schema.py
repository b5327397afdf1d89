"""The tables of the event log: every committed message once, in the order of commits.

Reports and diagnoses have tables of their own, so their rows of the log hold no payload and
refer to them by identity: about 65 bytes a report instead of its 1,300 of JSON. Everything else
keeps its JSON in the log.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    text,
)

from app.store.schema import metadata

# In SQLite an INTEGER key is the row's own number and needs no index beside the table.
Offset = BigInteger().with_variant(Integer, "sqlite")
PAYLOAD_HERE = text("payload IS NOT NULL")

events = Table(
    "events",
    metadata,
    Column("event_offset", Offset, primary_key=True, autoincrement=False),
    Column("received_ns", BigInteger, nullable=False),
    Column("site", String(120), nullable=False),
    Column("motor_id", String(120), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("boot_id", String(128), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("step", SmallInteger, nullable=False),
    Column("payload", LargeBinary),
    Index(None, "received_ns"),
    # Rows without payload are told apart by the tables that they refer to.
    Index(
        "ix_events_identity",
        "motor_id",
        "boot_id",
        "seq",
        "kind",
        "step",
        unique=True,
        sqlite_where=PAYLOAD_HERE,
        postgresql_where=PAYLOAD_HERE,
    ),
)

event_head = Table(
    "event_head",
    metadata,
    Column("head_id", SmallInteger, primary_key=True, autoincrement=False),
    Column("last_offset", BigInteger, nullable=False),
)

seq_ranges = Table(
    "seq_ranges",
    metadata,
    Column("motor_id", String(120), primary_key=True),
    Column("boot_id", String(128), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("last_seq", BigInteger, nullable=False),
)
