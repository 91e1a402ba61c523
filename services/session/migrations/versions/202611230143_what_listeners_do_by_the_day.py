"""What listeners do by the day and what that adds up to; ways to find rows by their time."""

import sqlalchemy as sa
from ab_shared.database.indexes import build_index
from alembic import op

revision = "202611230143"
down_revision = "202611230141"

COUNTED = (
    *("signed_up", "generated", "events", "starts", "completes", "abandons", "created", "ready"),
    *("renders_ok", "renders_failed", "renders_cancelled", "reads", "reads_made"),
)
BIG = ("characters", "rendered_ms", "render_ms")


def upgrade() -> None:
    # First: building commits, and what is committed is not made again by a second try.
    build_index("sessions_by_time", "sessions", ["created_at", "id"])
    build_index("jobs_by_end", "jobs", ["finished_at"], where="finished_at IS NOT NULL")
    op.create_table(
        "user_days",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        *(sa.Column(n, sa.Integer(), nullable=False, server_default="0") for n in COUNTED),
        *(sa.Column(n, sa.BigInteger(), nullable=False, server_default="0") for n in BIG),
    )
    op.create_index("user_days_by_day", "user_days", ["day"])
    op.create_table(
        "rolled_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("rolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "day_counts",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("live", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "cohort_counts",
        sa.Column("week", sa.Date(), primary_key=True),
        sa.Column("cohort", sa.Date(), primary_key=True),
        sa.Column("live", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index("cohort_counts_by_cohort", "cohort_counts", ["cohort"])


def downgrade() -> None:
    op.drop_index("jobs_by_end", "jobs")
    op.drop_index("sessions_by_time", "sessions")
    for table in ("cohort_counts", "day_counts", "rolled_days", "user_days"):
        op.drop_table(table)
