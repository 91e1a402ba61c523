"""Prepared reads, tracks, stems, outbox and inbox."""

import sqlalchemy as sa
from ab_shared.database.message_tables import create_message_tables
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221610"
down_revision = None


def made_at() -> sa.Column[object]:
    return sa.Column(
        "made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "prepared_reads",
        sa.Column("prepared_address", sa.Text(), primary_key=True),
        sa.Column("speech_address", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("preparation_ms", sa.Integer(), nullable=False),
        made_at(),
    )
    op.create_table(
        "tracks",
        sa.Column("track_address", sa.Text(), primary_key=True),
        sa.Column("announcement", JSONB(), nullable=False),
        made_at(),
    )
    op.create_table(
        "stems",
        sa.Column("stem_id", sa.Text(), primary_key=True),
        sa.Column("announcement", JSONB(), nullable=False),
        made_at(),
    )
    create_message_tables(op)
