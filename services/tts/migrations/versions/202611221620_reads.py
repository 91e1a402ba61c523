"""Reads, outbox and inbox."""

import sqlalchemy as sa
from ab_shared.database.message_tables import create_message_tables
from alembic import op

revision = "202611221620"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "reads",
        sa.Column("speech_address", sa.Text(), primary_key=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("speech_key", sa.Text()),
        sa.Column("content_type", sa.Text()),
        sa.Column("provider", sa.Text()),
        sa.Column("duration_ms", sa.Integer()),
        sa.Column("characters", sa.Integer()),
        sa.Column("synthesis_ms", sa.Integer()),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint(
            "(speech_key IS NULL) = (claimed_until IS NOT NULL)", name="reads_claimed_or_ready"
        ),
    )
    create_message_tables(op)
