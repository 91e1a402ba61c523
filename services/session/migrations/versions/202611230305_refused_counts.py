"""How many texts were refused when they entered, by day and category: no text and no user."""

import sqlalchemy as sa
from alembic import op

revision = "202611230305"
down_revision = "202611230246"


def upgrade() -> None:
    op.create_table(
        "refused_counts",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("category", sa.Text(), primary_key=True),
        sa.Column("count", sa.Integer(), server_default="0", nullable=False),
    )


def downgrade() -> None:
    op.drop_table("refused_counts")
