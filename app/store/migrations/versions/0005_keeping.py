"""Hourly aggregates, holds, and the index of raw captures."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    _hourly()
    _holds_and_captures()


def _hourly() -> None:
    op.create_table(
        "hourly",
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("spec_id", sa.String(128), nullable=False),
        sa.Column("hour_ns", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("reports", sa.Integer, nullable=False),
        *[
            sa.Column(name, sa.LargeBinary, nullable=False)
            for name in ("counts", "lows", "means", "highs")
        ],
        sa.Column("scored", sa.Integer, nullable=False),
        *[sa.Column(f"probability_{name}", sa.Double) for name in ("low", "mean", "high")],
        sa.PrimaryKeyConstraint("motor_id", "spec_id", "hour_ns", name="pk_hourly"),
        sa.ForeignKeyConstraint(["motor_id"], ["motors.motor_id"], name="fk_hourly_motors"),
    )


def _holds_and_captures() -> None:
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.String(200), nullable=False),
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("from_ns", sa.BigInteger, nullable=False),
        sa.Column("to_ns", sa.BigInteger, nullable=False),
        sa.Column("said_ns", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
    )
    op.create_index("ix_holds_motor_id", "holds", ["motor_id"])
    op.create_table(
        "captures",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        *[sa.Column(name, sa.BigInteger, nullable=False) for name in ("seq", "t0_ns", "t1_ns")],
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("stored_ns", sa.BigInteger, nullable=False),
        sa.Column("file_bytes", sa.BigInteger, nullable=False),
        sa.Column("encrypted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_captures"),
    )
    op.create_index("ix_captures_motor_id_t0_ns", "captures", ["motor_id", "t0_ns"])
