"""When each word of a read is spoken, where a provider says so."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221900"
down_revision = "202611221620"


def upgrade() -> None:
    op.add_column("reads", sa.Column("words", JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("reads", "words")
