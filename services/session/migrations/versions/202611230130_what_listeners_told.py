"""What listeners told of themselves, and the programs they are in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611230130"
down_revision = "202611230122"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "listeners",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("struggle", sa.Text()),
        sa.Column("preferences", JSONB()),
        sa.Column("curation", JSONB()),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
    op.create_table(
        "listener_values",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("value_id", sa.Text(), primary_key=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("value_text", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
    )
    op.create_table(
        "enrolments",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("program_id", sa.Text(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", INSTANT, nullable=False),
        sa.Column("touched_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT),
    )
    op.create_index("enrolments_of_a_user", "enrolments", ["user_id", sa.text("touched_at DESC")])
    op.create_table(
        "program_days",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("program_id", sa.Text(), primary_key=True),
        sa.Column("round", sa.Integer(), primary_key=True),
        sa.Column("day", sa.Integer(), primary_key=True),
        sa.Column("completed_at", INSTANT),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("action_done_at", INSTANT),
        sa.Column("rating", sa.Integer()),
    )


def downgrade() -> None:
    for table in ("program_days", "enrolments", "listener_values", "listeners"):
        op.drop_table(table)
