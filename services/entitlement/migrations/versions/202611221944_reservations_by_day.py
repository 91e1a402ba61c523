"""Finds the reservations of a day, which the ledger is compared with."""

from alembic import op

revision = "202611221944"
down_revision = "202611221905"


def upgrade() -> None:
    op.create_index("reservations_by_day", "reservations", ["day"])


def downgrade() -> None:
    op.drop_index("reservations_by_day", "reservations")
