"""What other issuers tell of their users: what changed when, who has left, how lists compare.

No downgrade: the release before works with it, and going back would forget who has left.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611222219"
down_revision = "202611222215"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # With defaults: the previous release goes on adding rows that know nothing of these.
    op.add_column(
        "identities", sa.Column("made_at", INSTANT, nullable=False, server_default=sa.func.now())
    )
    op.add_column("identities", sa.Column("changed_at", INSTANT))
    op.add_column("identities", sa.Column("listed_at", INSTANT))
    op.create_table(
        "departures",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("departed_at", INSTANT, nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
    )
    op.create_index("departures_by_age", "departures", ["departed_at"])
    create_comparisons()


def create_comparisons() -> None:
    numbers = ("place", "listed", "made", "missing", "gone", "failures")
    op.create_table(
        "comparisons",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT),
        sa.Column("most_missing_percent", sa.Integer()),
        sa.Column("holder", sa.Text()),
        sa.Column("held_until", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in numbers),
        sa.Column("reason", sa.Text()),
    )
