"""Offline files and the jobs that make them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221912"
down_revision = "202611221900"

LIVE = "stage IN ('queued', 'mixing')"
STAGES = "'queued', 'mixing', 'ready', 'failed', 'cancelled'"


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def measure(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def create_jobs() -> None:
    op.create_table(
        "mixdown_jobs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        words("owner_user_id"),
        number("attempt"),
        words("mixdown_address"),
        words("track_address"),
        number("minutes"),
        sa.Column("command", JSONB(), nullable=True),
        words("stage"),
        measure("progress"),
        words("error", nullable=True),
        number("version"),
        number("revivals"),
        sa.Column("stage_ms", JSONB(), nullable=False),
        instant("created_at"),
        instant("started_at", nullable=True),
        instant("finished_at", nullable=True),
        instant("stage_since"),
        instant("moved_at"),
        instant("due_at"),
        sa.CheckConstraint(f"stage IN ({STAGES})", name="mixdown_jobs_stage"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="mixdown_jobs_progress"),
    )
    live = {"postgresql_where": sa.text(LIVE)}
    same = ["owner_user_id", "session_id", "mixdown_address"]
    op.create_index("mixdown_jobs_live", "mixdown_jobs", same, unique=True, **live)
    op.create_index("mixdown_jobs_by_file", "mixdown_jobs", ["mixdown_address"])
    op.create_index("mixdown_jobs_of_a_session", "mixdown_jobs", ["session_id", "owner_user_id"])
    op.create_index("mixdown_jobs_due", "mixdown_jobs", ["due_at"], **live)


def upgrade() -> None:
    create_jobs()
    op.create_table(
        "mixdowns",
        sa.Column("mixdown_address", sa.Text(), primary_key=True),
        sa.Column("asset", JSONB(), nullable=False),
        measure("loudness_lufs"),
        measure("true_peak_dbtp"),
        words("profile_version"),
        number("render_ms"),
        instant("rendered_at"),
    )


def downgrade() -> None:
    op.drop_table("mixdowns")
    op.drop_table("mixdown_jobs")
