"""What vendors were paid for a job, in millionths of a dollar."""

import sqlalchemy as sa
from alembic import op

revision = "202611230204"
down_revision = "202611230146"


def upgrade() -> None:
    column = sa.Column("made_micros", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("jobs", column)


def downgrade() -> None:
    op.drop_column("jobs", "made_micros")
