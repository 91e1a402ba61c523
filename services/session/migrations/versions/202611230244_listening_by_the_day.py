"""A way to find out what was told of a day after it was counted."""

from ab_shared.database.indexes import build_index
from alembic import op
from sqlalchemy import text

revision = "202611230244"
down_revision = "202611230204"
DAY = text("CAST(occurred_at AT TIME ZONE 'UTC' AS date)")


def upgrade() -> None:
    build_index("listening_events_by_day", "listening_events", [DAY, "received_at"])


def downgrade() -> None:
    op.drop_index("listening_events_by_day", "listening_events")
