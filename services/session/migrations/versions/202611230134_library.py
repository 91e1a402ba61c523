"""Favourites, links, deleted sessions, what edits left behind, and a session's last edit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611230134"
down_revision = "202611230132"

INSTANT = sa.DateTime(timezone=True)


def _session(*, primary_key: bool = False) -> sa.Column[object]:
    reference = sa.ForeignKey("sessions.id", ondelete="CASCADE")
    return sa.Column(
        "session_id", sa.Uuid(), reference, primary_key=primary_key, nullable=False, index=True
    )


def upgrade() -> None:
    op.add_column("sessions", sa.Column("last_edit", sa.Uuid()))
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.Text(), primary_key=True),
        _session(primary_key=True),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "shares",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False, index=True),
        _session(),
        sa.Column("token_hash", sa.Text(), nullable=False, unique=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
    )
    op.create_table(
        "deleted_sessions",
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False, index=True),
        sa.Column("deleted_at", INSTANT, nullable=False),
    )
    op.create_table(
        "left_sounds",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False, index=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("recipe", JSONB()),
        sa.Column("left_at", INSTANT, nullable=False),
    )


def downgrade() -> None:
    for table in ("left_sounds", "deleted_sessions", "shares", "favourites"):
        op.drop_table(table)
    op.drop_column("sessions", "last_edit")
