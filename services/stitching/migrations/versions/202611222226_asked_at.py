"""When a sound was last asked for, so that erasing one person's never takes away another's."""

import sqlalchemy as sa
from alembic import op

revision = "202611222226"
down_revision = "202611221905"

TABLES = ("prepared_reads", "tracks", "mixdowns")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("asked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "asked_at")
