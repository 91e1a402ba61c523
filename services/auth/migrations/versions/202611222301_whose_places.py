"""Whose known places these are, so that they go with their user.

No downgrade: the release before works with it, and going back would forget whose they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611222301"
down_revision = "202611222222"


def upgrade() -> None:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.add_column("sign_in_tries", sa.Column("user_id", sa.Text(), owner))
    op.create_index("ix_sign_in_tries_user_id", "sign_in_tries", ["user_id"])
