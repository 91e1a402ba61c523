"""Finds what edits and deletions left behind by when, and what else was left of the same name."""

from ab_shared.database.indexes import build_index
from alembic import op

revision = "202611230246"
down_revision = "202611230244"
TABLE = "left_sounds"


def upgrade() -> None:
    build_index("left_sounds_by_time", TABLE, ["left_at"])
    build_index("left_sounds_by_name", TABLE, ["name"], using="hash")


def downgrade() -> None:
    op.drop_index("left_sounds_by_name", TABLE)
    op.drop_index("left_sounds_by_time", TABLE)
