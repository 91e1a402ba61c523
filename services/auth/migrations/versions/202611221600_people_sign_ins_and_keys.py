"""People, sign-ins, signing keys, outbox and inbox."""

import sqlalchemy as sa
from ab_shared.database.message_tables import create_message_tables
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611221600"
down_revision = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_people()
    create_sign_ins()
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.Text(), primary_key=True),
        sa.Column("jwk", JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    create_message_tables(op)


def user_id(**options: bool) -> sa.Column[str]:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    return sa.Column("user_id", sa.Text(), owner, nullable=False, **options)


def create_people() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        user_id(index=True),
    )
    op.create_table(
        "passwords",
        user_id(primary_key=True),
        sa.Column("email", sa.Text(), nullable=False, unique=True),
        sa.Column("encoded", sa.Text(), nullable=False),
    )


def create_sign_ins() -> None:
    op.create_table(
        "families",
        sa.Column("id", sa.Text(), primary_key=True),
        user_id(index=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.Column("revoked_for", sa.Text()),
    )
    family = sa.ForeignKey("families.id", ondelete="CASCADE")
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("family_id", sa.Text(), family, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
    )
    op.create_index(
        "refresh_tokens_of_a_family", "refresh_tokens", ["family_id", "generation"], unique=True
    )
