"""What was handed out to be kept offline, and devices that are told when something is ready."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611230141"
down_revision = "202611230134"

INSTANT = sa.DateTime(timezone=True)
# Whoever has files already is looked at by the first sweep.
FIRST_LICENCES = """
    INSERT INTO offline_licences (user_id, expires_at, checked_at)
    SELECT DISTINCT owner_user_id, now(), now() FROM mixdown_jobs WHERE stage = 'ready'
"""


def words(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=nullable)


def keep_offline() -> None:
    op.create_table(
        "offline_licences",
        sa.Column("user_id", sa.Text(), primary_key=True),
        instant("expires_at"),
        instant("lapsed_at", nullable=True),
        instant("checked_at"),
    )
    due = sa.text("lapsed_at IS NULL")
    op.create_index(
        "offline_licences_due", "offline_licences", ["expires_at"], postgresql_where=due
    )
    op.create_table(
        "offline_manifests",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), primary_key=True),
        sa.Column("version", sa.Text(), primary_key=True),
        sa.Column("assets", JSONB(), nullable=False),
        instant("handed_at"),
    )
    op.create_index("offline_manifests_by_time", "offline_manifests", ["handed_at"])
    op.add_column("mixdowns", instant("unwanted_since", nullable=True))
    op.execute(FIRST_LICENCES)


def tell_devices() -> None:
    op.create_table(
        "push_tokens",
        sa.Column("id", sa.Uuid(), primary_key=True),
        words("user_id"),
        words("token"),
        words("platform"),
        instant("created_at"),
        instant("seen_at"),
    )
    op.create_index("push_tokens_by_token", "push_tokens", ["token"], unique=True)
    op.create_index("push_tokens_of_a_user", "push_tokens", ["user_id", "seen_at"])
    device = sa.ForeignKey("push_tokens.id", ondelete="CASCADE")
    op.create_table(
        "notices",
        sa.Column("job_id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("token_id", sa.Uuid(), device, primary_key=True),
        words("user_id"),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        words("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        instant("due_at"),
        instant("created_at"),
        instant("sent_at", nullable=True),
        words("ticket", nullable=True),
        words("error", nullable=True),
    )
    live = sa.text("state IN ('waiting', 'sent')")
    op.create_index("notices_due", "notices", ["state", "due_at"], postgresql_where=live)
    op.create_index("notices_of_a_device", "notices", ["token_id"])
    op.create_index("notices_of_a_user", "notices", ["user_id"])
    op.create_index("notices_by_time", "notices", ["created_at"])


def upgrade() -> None:
    keep_offline()
    tell_devices()


def downgrade() -> None:
    op.drop_table("notices")
    op.drop_table("push_tokens")
    op.drop_column("mixdowns", "unwanted_since")
    op.drop_table("offline_manifests")
    op.drop_table("offline_licences")
