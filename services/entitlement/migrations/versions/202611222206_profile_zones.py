"""Keeps the zone of a user's profile beside the one their day is counted in."""

import sqlalchemy as sa
from alembic import op

revision = "202611222206"
down_revision = "202611221944"


def upgrade() -> None:
    op.add_column("accounts", sa.Column("profile_timezone", sa.Text()))
    op.add_column(
        "accounts",
        sa.Column("profile_version", sa.BigInteger(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    op.drop_column("accounts", "profile_version")
    op.drop_column("accounts", "profile_timezone")
