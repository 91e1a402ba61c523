"""When a read was last asked for, so that erasing one person's never takes away another's."""

import sqlalchemy as sa
from alembic import op

revision = "202611222226"
down_revision = "202611221900"


def upgrade() -> None:
    op.add_column("reads", sa.Column("asked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("reads", "asked_at")
