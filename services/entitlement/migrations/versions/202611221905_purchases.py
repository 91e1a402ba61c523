"""Purchase events as they came, and what the store last said of each customer.

New tables only: the release before does not know them and needs nothing of them.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611221905"
down_revision = "202611221901"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "purchase_events",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("occurred_at", instant, nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
    )
    op.create_index("purchase_events_received", "purchase_events", ["received_at", "id"])
    op.create_table(
        "purchase_customers",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.Text()),
        sa.Column("linked_at", instant),
        sa.Column("told_at", instant),
        sa.Column("temporary_at", instant),
        sa.Column("due_at", instant),
        sa.Column("asked_at", instant),
        sa.Column("answered_at", instant),
        sa.Column("grants", sa.Text()),
    )
    op.create_index(
        "purchase_customers_of_a_user",
        "purchase_customers",
        ["user_id"],
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "purchase_customers_due",
        "purchase_customers",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
