"""What stage 2 said beside the rules."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; diagnoses from before had no second opinion."""
    op.add_column("diagnoses", sa.Column("stage2", sa.JSON(none_as_null=True)))
