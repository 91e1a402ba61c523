"""Counts the changes of a profile, so that news of them can be put in order."""

import sqlalchemy as sa
from alembic import op

revision = "202611222206"
down_revision = "202611221904"


def upgrade() -> None:
    # The previous release inserts without it.
    op.add_column("users", sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("users", "version")
