"""Erasures of users; who corrected a quota may be forgotten, and nothing else of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "202611222235"
down_revision = "202611222206"

MAY_FORGET_WHO = """
    CREATE OR REPLACE FUNCTION ledger_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE same ledger_entries := NEW;
    BEGIN
        same.actor := OLD.actor;
        IF NEW.actor = 'erased' AND same IS NOT DISTINCT FROM OLD THEN
            RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the ledger is only added to';
    END $$
"""


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Text()),
    )
    op.execute(MAY_FORGET_WHO)


def downgrade() -> None:
    """The ledger's trigger keeps its exception: it has let through what can't be put back."""
    op.drop_table("erasures")
