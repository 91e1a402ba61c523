"""How much silence was cut off before a read."""

import sqlalchemy as sa
from alembic import op

revision = "202611221900"
down_revision = "202611221610"


def upgrade() -> None:
    column = sa.Column("trimmed_ms", sa.Integer(), server_default="0", nullable=False)
    op.add_column("prepared_reads", column)


def downgrade() -> None:
    op.drop_column("prepared_reads", "trimmed_ms")
