"""Prompt templates with their versions, and what each day of writing cost."""

import sqlalchemy as sa
from alembic import op

revision = "202611230132"
down_revision = "202611230130"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "prompt_versions",
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rollout_percent", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    for state in ("active", "trial"):
        op.create_index(
            f"prompt_versions_{state}",
            "prompt_versions",
            ["key"],
            unique=True,
            postgresql_where=sa.text(f"state = '{state}'"),
        )
    op.create_table(
        "writer_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("calls", sa.Integer(), nullable=False, server_default="0"),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
            for name in (
                "reserved_micros",
                "cost_micros",
                "prompt_tokens",
                "cached_tokens",
                "completion_tokens",
            )
        ),
    )


def downgrade() -> None:
    op.drop_table("writer_days")
    op.drop_table("prompt_versions")
