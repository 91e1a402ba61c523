"""Administrators: what each holds, and who gave it to them.

No downgrade: the release before works with it, and going back would forget who holds a role.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611222209"
down_revision = "202611222206"


def upgrade() -> None:
    op.create_table(
        "admins",
        sa.Column(
            "user_id", sa.Text(), sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("role", sa.Text()),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
