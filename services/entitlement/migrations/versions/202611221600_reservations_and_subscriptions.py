"""Reservations, subscriptions, outbox and inbox."""

import sqlalchemy as sa
from ab_shared.database.message_tables import create_message_tables
from alembic import op

revision = "202611221600"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('pending', 'committed', 'released')", name="reservations_state"
        ),
    )
    op.create_index("reservations_of_a_day", "reservations", ["user_id", "day"])
    op.create_table(
        "subscriptions",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("grace_until", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "source IN ('apple', 'google', 'stripe', 'internal', 'revenuecat')",
            name="subscriptions_source",
        ),
    )
    create_message_tables(op)
