"""The first tables: motors, runs, reports, diagnoses with findings, alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _motors_and_runs()
    _reports()
    _diagnoses()
    _alarms()


def _identity(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("motor_id", "boot_id", "seq", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["motor_id"], ["motors.motor_id"], name=f"fk_{table}_motors"),
    ]


def _motors_and_runs() -> None:
    op.create_table(
        "motors",
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("motor", sa.JSON),
        sa.PrimaryKeyConstraint("motor_id", name="pk_motors"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(128), nullable=False),
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("source_hash", sa.String(128), nullable=False),
        sa.Column("spec_id", sa.String(128), nullable=False),
        sa.Column("release_id", sa.String(128)),
        sa.Column("started_ns", sa.BigInteger, nullable=False),
        sa.Column("ended_ns", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
        sa.ForeignKeyConstraint(["motor_id"], ["motors.motor_id"], name="fk_runs_motors"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        *_identity("reports"),
        sa.Column("t0_ns", sa.BigInteger, nullable=False),
        sa.Column("t1_ns", sa.BigInteger, nullable=False),
        sa.Column("clock", sa.String(16), nullable=False),
        sa.Column("spec_id", sa.String(128), nullable=False),
        sa.Column("release_id", sa.String(128)),
        sa.Column("motor_hash", sa.String(128), nullable=False),
        sa.Column("features", sa.LargeBinary, nullable=False),
        sa.Column("speed_rpm", sa.Double),
        sa.Column("load", sa.Double),
        sa.Column("logit", sa.Double),
        sa.Column("probability", sa.Double),
        sa.Column("probability_low", sa.Double),
        sa.Column("probability_high", sa.Double),
        sa.Column("distance", sa.Double),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sensor_status", sa.String(32), nullable=False),
        sa.Column("escalate", sa.Boolean, nullable=False),
    )
    op.create_index("ix_reports_motor_id_t0_ns_seq", "reports", ["motor_id", "t0_ns", "seq"])


def _diagnoses() -> None:
    op.create_table(
        "diagnoses",
        *_identity("diagnoses"),
        sa.Column("t0_ns", sa.BigInteger, nullable=False),
        sa.Column("t1_ns", sa.BigInteger, nullable=False),
        sa.Column("release_id", sa.String(128)),
        sa.Column("backend", sa.String(16), nullable=False),
        sa.Column("latency_ms", sa.Double, nullable=False),
        sa.Column("abstained", sa.Text),
        sa.Column("audit", sa.JSON, nullable=False),
    )
    op.create_index("ix_diagnoses_motor_id_t0_ns_seq", "diagnoses", ["motor_id", "t0_ns", "seq"])
    op.create_table(
        "findings",
        sa.Column("motor_id", sa.String(120), nullable=False),
        sa.Column("boot_id", sa.String(128), nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("rank", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("condition", sa.String(64), nullable=False),
        sa.Column("confidence", sa.JSON, nullable=False),
        sa.Column("severity", sa.JSON),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("motor_id", "boot_id", "seq", "rank", name="pk_findings"),
        sa.ForeignKeyConstraint(
            ["motor_id", "boot_id", "seq"],
            ["diagnoses.motor_id", "diagnoses.boot_id", "diagnoses.seq"],
            name="fk_findings_diagnoses",
        ),
    )


def _alarms() -> None:
    op.create_table(
        "alarms",
        *_identity("alarms"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_ns", sa.BigInteger, nullable=False),
        sa.Column("closed_ns", sa.BigInteger),
        sa.Column("peak", sa.Double, nullable=False),
        sa.Column("reasons", sa.JSON, nullable=False),
    )
    op.create_index("ix_alarms_motor_id_opened_ns", "alarms", ["motor_id", "opened_ns"])
