"""Signing keys that take turns, keys for machines, tries to sign in, and sign-ins that end.

No downgrade: the release before works with it, and going back would forget machines' keys, and how
long tokens of a signing key can live.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "202611222215"
down_revision = "202611222209"

INSTANT = sa.DateTime(timezone=True)
# As long as any release before this one can have let a token live.
LONGEST_TOKEN = "86400"


def upgrade() -> None:
    let_keys_take_turns()
    create_api_keys()
    op.create_table(
        "sign_in_tries",
        sa.Column("account", sa.LargeBinary(), primary_key=True),
        sa.Column("place", sa.LargeBinary(), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("wait_until", INSTANT),
        sa.Column("succeeded_at", INSTANT),
        sa.Column("touched_at", INSTANT, nullable=False),
    )
    op.create_index("sign_in_tries_by_age", "sign_in_tries", ["touched_at"])
    op.add_column("families", sa.Column("renewed_at", INSTANT))
    op.create_index("families_by_end", "families", ["expires_at"])
    op.create_index("families_by_revocation", "families", ["revoked_at"])


def let_keys_take_turns() -> None:
    # The release before writes neither column: what it adds signs at once.
    op.add_column(
        "signing_keys",
        sa.Column("signs_from", INSTANT, nullable=False, server_default=sa.func.now()),
    )
    op.add_column(
        "signing_keys",
        sa.Column("token_seconds", sa.Integer(), nullable=False, server_default=LONGEST_TOKEN),
    )
    op.execute("UPDATE signing_keys SET signs_from = created_at")


def create_api_keys() -> None:
    owner = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), owner, nullable=False, index=True),
        sa.Column("scopes", ARRAY(sa.Text()), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
    )
    # A name is free again once its key is revoked.
    op.create_index(
        "api_keys_by_name",
        "api_keys",
        ["name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    key = sa.ForeignKey("api_keys.id", ondelete="CASCADE")
    op.create_table(
        "api_key_secrets",
        sa.Column("key_id", sa.Text(), key, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
    )
