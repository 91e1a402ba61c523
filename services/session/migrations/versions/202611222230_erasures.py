"""Erasures of users, which sounds went with them, and a way to find whose else a line is."""

import sqlalchemy as sa
from ab_shared.database.indexes import build_index
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611222230"
down_revision = "202611221914"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    build_index("sessions_by_line", "sessions", ["lines"], using="gin")
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text()),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("counts", JSONB(), nullable=False, server_default="{}"),
    )
    op.create_table(
        "erased_sounds",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column(
            "erasure_id",
            sa.Uuid(),
            sa.ForeignKey("erasures.id", ondelete="CASCADE"),
            primary_key=True,
            index=True,
        ),
        sa.Column("erased_at", INSTANT, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("erased_sounds")
    op.drop_table("erasures")
    op.drop_index("sessions_by_line", "sessions")
