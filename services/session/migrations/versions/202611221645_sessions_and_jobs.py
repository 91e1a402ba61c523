"""Sessions, jobs, what is known to exist, outbox and inbox."""

import sqlalchemy as sa
from ab_shared.database.message_tables import create_message_tables
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "202611221645"
down_revision = None

LIVE = "stage IN ('queued', 'speaking', 'preparing', 'merging')"
STAGES = "'queued', 'speaking', 'preparing', 'merging', 'ready', 'failed', 'cancelled'"


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def measure(name: str, *, nullable: bool = False) -> sa.Column[float]:
    return sa.Column(name, sa.Float(), nullable=nullable)


def yes(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def heard_at() -> sa.Column[object]:
    return sa.Column(
        "heard_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )


def create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        words("owner_user_id", nullable=True),
        words("source"),
        words("title"),
        words("goal_tag", nullable=True),
        sa.Column("lines", ARRAY(sa.Text()), nullable=False),
        words("voice_id"),
        measure("frequency_hz", nullable=True),
        words("brainwave_state", nullable=True),
        measure("solfeggio_hz", nullable=True),
        words("generation"),
        sa.Column("recipe", JSONB(), nullable=True),
        words("wanted_track", nullable=True),
        words("track_address", nullable=True),
        instant("generated_at", nullable=True),
        number("version"),
        number("catalogue_position", nullable=True),
        instant("created_at"),
        instant("updated_at"),
        sa.CheckConstraint("cardinality(lines) BETWEEN 1 AND 50", name="sessions_lines"),
        sa.CheckConstraint(
            "(solfeggio_hz IS NULL) <> (frequency_hz IS NULL)", name="sessions_one_brain_layer"
        ),
        sa.CheckConstraint(
            "generation IN ('free', 'held', 'committed', 'released')", name="sessions_generation"
        ),
    )
    op.create_index(
        "sessions_of_a_user", "sessions", ["owner_user_id", sa.text("created_at DESC"), "id"]
    )
    op.create_index(
        "sessions_of_the_catalogue",
        "sessions",
        ["catalogue_position"],
        postgresql_where=sa.text("owner_user_id IS NULL"),
    )


def create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            nullable=False,
        ),
        words("owner_user_id", nullable=True),
        number("attempt"),
        number("reads"),
        words("track_address"),
        words("brain_stem_id"),
        words("background_stem_id"),
        yes("holds_generation"),
        words("stage"),
        measure("progress"),
        words("error", nullable=True),
        number("version"),
        number("ready_reads"),
        number("made_spoken"),
        number("made_prepared"),
        number("made_tracks"),
        yes("rendering"),
        number("remakes"),
        number("revivals"),
        sa.Column("stage_ms", JSONB(), nullable=False),
        instant("created_at"),
        instant("started_at", nullable=True),
        instant("finished_at", nullable=True),
        instant("stage_since"),
        instant("moved_at"),
        instant("due_at"),
        sa.CheckConstraint(f"stage IN ({STAGES})", name="jobs_stage"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="jobs_progress"),
    )
    live = {"postgresql_where": sa.text(LIVE)}
    op.create_index("jobs_live", "jobs", ["session_id"], unique=True, **live)
    op.create_index("jobs_live_by_track", "jobs", ["track_address"], **live)
    op.create_index("jobs_of_a_session", "jobs", ["session_id", "attempt"], unique=True)
    # A job is written once an event: room on its page lets most of those writes skip the indexes.
    op.execute("ALTER TABLE jobs SET (fillfactor = 70)")
    op.create_table(
        "job_reads",
        sa.Column(
            "job_id", sa.Uuid(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        words("speech_address"),
        words("prepared_address"),
        yes("preparing"),
    )
    op.create_index("job_reads_by_speech", "job_reads", ["speech_address"])
    op.create_index("job_reads_by_prepared", "job_reads", ["prepared_address"])
    op.execute(
        "ALTER TABLE job_reads SET "
        "(autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"
    )


def create_sounds() -> None:
    op.create_table(
        "spoken_reads",
        sa.Column("speech_address", sa.Text(), primary_key=True),
        words("speech_key"),
        number("duration_ms"),
        number("characters"),
        yes("credited"),
        heard_at(),
    )
    op.create_table(
        "prepared_reads",
        sa.Column("prepared_address", sa.Text(), primary_key=True),
        words("speech_address"),
        number("duration_ms"),
        yes("credited"),
        heard_at(),
    )
    op.create_table(
        "tracks",
        sa.Column("track_address", sa.Text(), primary_key=True),
        sa.Column("asset", JSONB(), nullable=False),
        measure("loudness_lufs"),
        measure("true_peak_dbtp"),
        sa.Column("segments", JSONB(), nullable=False),
        words("engine_mode"),
        words("profile_version"),
        number("render_ms"),
        instant("rendered_at"),
    )
    op.create_table(
        "stems",
        sa.Column("stem_id", sa.Text(), primary_key=True),
        instant("asked_at", nullable=True),
        words("recipe_version", nullable=True),
        sa.Column("asset", JSONB(), nullable=True),
        measure("loudness_lufs", nullable=True),
    )


def upgrade() -> None:
    create_sessions()
    create_jobs()
    create_sounds()
    create_message_tables(op)
