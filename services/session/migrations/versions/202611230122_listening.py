"""What was listened to and how often, the zones of listeners, and what they were shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611230122"
down_revision = "202611222342"

INSTANT = sa.DateTime(timezone=True)
COUNTED = ("starts", "completes", "abandons", "early_abandons", "replays", "skips", "mix_changes")


def upgrade() -> None:
    op.create_table(
        "listening_events",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("client_event_id", sa.Text(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("local_hour", sa.SmallInteger(), nullable=False),
        sa.Column("metadata", JSONB(), nullable=False, server_default="{}"),
    )
    op.create_index(
        "listening_events_of_a_session",
        "listening_events",
        ["user_id", "session_id", "occurred_at"],
    )
    op.create_index("listening_events_by_time", "listening_events", ["occurred_at"])
    op.create_table(
        "listening_tallies",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("hour", sa.SmallInteger(), primary_key=True),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED),
    )
    op.create_table(
        "listener_zones",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_table(
        "shown_recipes",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("background_id", sa.Text(), primary_key=True),
    )
    op.create_index("shown_recipes_by_day", "shown_recipes", ["day"])


def downgrade() -> None:
    for table in ("shown_recipes", "listener_zones", "listening_tallies", "listening_events"):
        op.drop_table(table)
