"""What captions and waveforms are made of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221900"
down_revision = "202611221645"

LISTS = (("spoken_reads", "words"), ("tracks", "read_spans"), ("tracks", "waveform"))


def upgrade() -> None:
    for table, name in LISTS:
        op.add_column(table, sa.Column(name, JSONB(), server_default="[]", nullable=False))
    trimmed = sa.Column("trimmed_ms", sa.Integer(), server_default="0", nullable=False)
    op.add_column("prepared_reads", trimmed)


def downgrade() -> None:
    op.drop_column("prepared_reads", "trimmed_ms")
    for table, name in LISTS:
        op.drop_column(table, name)
