"""A ledger of every change, what jobs cost, and a version for each user's entitlement.

The release before goes on working: every new column has a default and nothing is taken away. What
it writes meanwhile is not in the ledger, which shows as drift until it is gone.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611221901"
down_revision = "202611221600"

NEVER_CHANGED = """
    CREATE FUNCTION ledger_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''the ledger is only added to''; END'
"""
WATCHED = """
    CREATE TRIGGER ledger_entries_stay BEFORE UPDATE ON ledger_entries
    FOR EACH ROW EXECUTE FUNCTION ledger_entries_stay()
"""
OPENING = """
    INSERT INTO ledger_entries (user_id, day, kind, amount, reservation_id, at)
    SELECT user_id, day, 'reserve', 1, id, reserved_at FROM reservations
    WHERE state IN ('pending', 'committed') ORDER BY reserved_at
"""


INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _reservations()
    _ledger()
    _costs_and_accounts()


def _reservations() -> None:
    op.add_column("reservations", sa.Column("expires_at", INSTANT))
    op.add_column(
        "reservations",
        sa.Column("characters", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_index(
        "reservations_pending",
        "reservations",
        ["reserved_at"],
        postgresql_where=sa.text("state = 'pending'"),
    )


def _ledger() -> None:
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.Uuid()),
        sa.Column("request_id", sa.Uuid(), unique=True),
        sa.Column("actor", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "kind IN ('reserve', 'commit', 'release', 'lapse', 'correct')", name="ledger_kind"
        ),
        sa.CheckConstraint(
            "(kind = 'correct') = (reservation_id IS NULL)"
            " AND (kind = 'correct') = (request_id IS NOT NULL)",
            name="ledger_origin",
        ),
    )
    op.create_index("ledger_of_a_day", "ledger_entries", ["user_id", "day"])
    op.create_index("ledger_by_day", "ledger_entries", ["day"])
    op.execute(OPENING)
    op.execute(NEVER_CHANGED)
    op.execute(WATCHED)


def _costs_and_accounts() -> None:
    op.create_table(
        "job_costs",
        sa.Column("job_id", sa.Uuid(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("characters", sa.BigInteger(), nullable=False),
        sa.Column("reads_made", sa.Integer(), nullable=False),
        sa.Column("reads_reused", sa.Integer(), nullable=False),
        sa.Column("rendered_ms", sa.BigInteger(), nullable=False),
        sa.Column("render_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("job_costs_of_a_day", "job_costs", ["user_id", "day"])
    op.create_table(
        "accounts",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("timezone", sa.Text()),
        sa.Column("timezone_since", INSTANT),
    )
