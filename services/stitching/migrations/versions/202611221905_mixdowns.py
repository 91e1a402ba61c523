"""Offline files that were made, and jobs for them that nobody wants any more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221905"
down_revision = "202611221900"


def instant(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "mixdowns",
        sa.Column("mixdown_address", sa.Text(), primary_key=True),
        sa.Column("announcement", JSONB(), nullable=False),
        instant("made_at"),
    )
    op.create_table(
        "cancelled_mixdowns",
        sa.Column("job_id", sa.Uuid(), primary_key=True),
        instant("cancelled_at"),
    )
    op.create_index("cancelled_mixdowns_by_age", "cancelled_mixdowns", ["cancelled_at"])


def downgrade() -> None:
    op.drop_table("cancelled_mixdowns")
    op.drop_table("mixdowns")
