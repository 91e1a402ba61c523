"""Ways to find the purchase events that name somebody, and the corrections they made.

What is indexed is worked out from the event itself, so rows of before and rows that the previous
release still writes are found alike.
"""

from ab_shared.database.indexes import build_index
from alembic import op
from sqlalchemy import text

revision = "202611222347"
down_revision = "202611222235"

# All strings of a JSON text that are no keys, in the way JSON writes them; hashed, for an id may be
# longer than an index takes. Not as jsonb: that refuses numbers and escapes that a text may hold.
STRINGS_IN = r"""
    CREATE OR REPLACE FUNCTION json_strings_in(written text) RETURNS bytea[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT ARRAY(
            SELECT DISTINCT substr(sha256(convert_to(found[1], 'UTF8')), 1, 16)
            FROM regexp_matches(written, '"((?:[^"\\]|\\.)*)"(\s*:)?', 'g') AS found
            WHERE found[2] IS NULL
        )
    $$
"""


def upgrade() -> None:
    op.execute(STRINGS_IN)
    strings = text("json_strings_in(event)")
    build_index("purchase_events_by_string", "purchase_events", [strings], using="gin")
    build_index("ledger_by_actor", "ledger_entries", ["actor"], where="actor IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ledger_by_actor", "ledger_entries")
    op.drop_index("purchase_events_by_string", "purchase_events")
    op.execute("DROP FUNCTION json_strings_in(text)")
