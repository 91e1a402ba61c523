"""Ways to find whose a job is and who plays a track, so that an erasure reads no table through."""

from ab_shared.database.indexes import build_index
from alembic import op

revision = "202611222342"
down_revision = "202611222230"

INDEXES = (
    ("jobs_of_a_user", "jobs", "owner_user_id"),
    ("mixdown_jobs_of_a_user", "mixdown_jobs", "owner_user_id"),
    ("sessions_by_track", "sessions", "track_address"),
    ("sessions_by_wanted_track", "sessions", "wanted_track"),
)


def upgrade() -> None:
    for name, table, column in INDEXES:
        build_index(name, table, [column])


def downgrade() -> None:
    for name, table, _column in INDEXES:
        op.drop_index(name, table)
