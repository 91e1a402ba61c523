"""What vendors are paid, and sound that is paid for until the object store has it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611230145"
down_revision = "202611222226"


def upgrade() -> None:
    op.create_table(
        "vendor_calls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("speech_address", sa.Text()),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
    )
    op.create_index("vendor_calls_of_a_read", "vendor_calls", ["speech_address"])
    op.create_index("vendor_calls_by_time", "vendor_calls", ["made_at"])
    op.create_table(
        "paid_speech",
        sa.Column("speech_address", sa.Text(), primary_key=True),
        sa.Column(
            "kept_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("announcement", JSONB(), nullable=False),
        sa.Column("audio", sa.LargeBinary(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("paid_speech")
    op.drop_table("vendor_calls")
