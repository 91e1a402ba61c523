"""What was found about texts, and where they stand in sessions."""

import sqlalchemy as sa
from alembic import op

revision = "202611230146"
down_revision = "202611230143"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "text_verdicts",
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("decided_by", sa.Text()),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT),
    )
    op.create_index("text_verdicts_by_id", "text_verdicts", ["id"], unique=True)
    op.create_index("text_verdicts_by_status", "text_verdicts", ["status", "first_seen_at", "id"])
    op.create_index(
        "text_verdicts_due",
        "text_verdicts",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "text_verdicts_by_people",
        "text_verdicts",
        ["decided_by"],
        postgresql_where=sa.text("decided_by IS NOT NULL"),
    )
    op.create_table(
        "checked_texts",
        sa.Column(
            "session_id",
            sa.Uuid(),
            sa.ForeignKey("sessions.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("part", sa.Text(), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("owner_user_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("original_text", sa.Text()),
        sa.Column("written_at", INSTANT, nullable=False),
    )
    op.create_index("checked_texts_by_address", "checked_texts", ["address"])
    op.create_index("checked_texts_of_a_user", "checked_texts", ["owner_user_id"])


def downgrade() -> None:
    for table in ("checked_texts", "text_verdicts"):
        op.drop_table(table)
