"""What a job cost beyond the reads it was credited with."""

import sqlalchemy as sa
from alembic import op

revision = "202611221914"
down_revision = "202611221912"

COSTS = ("made_characters", "made_rendered_ms", "made_render_ms")


def upgrade() -> None:
    for name in COSTS:
        op.add_column("jobs", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    for name in COSTS:
        op.drop_column("jobs", name)
