"""Outbox and inbox."""

from ab_shared.database.message_tables import create_message_tables
from alembic import op

revision = "202601010000"
down_revision = None


def upgrade() -> None:
    create_message_tables(op)
