"""What each sense said, figures measured, and what a finding's evidence does not exclude."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; diagnoses from before say nothing of them."""
    nothing = sa.text("'[]'")
    for name in ("provisional", "senses", "measured"):
        op.add_column("diagnoses", sa.Column(name, sa.JSON, nullable=False, server_default=nothing))
    op.add_column("diagnoses", sa.Column("shaft_hz", sa.Double))
    column = sa.Column("alternatives", sa.JSON, nullable=False, server_default=nothing)
    op.add_column("findings", column)
