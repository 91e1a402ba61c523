"""A table for the tests."""

from alembic import op

revision = "202601020000"
down_revision = "202601010000"


def upgrade() -> None:
    op.execute("CREATE TABLE notes (id integer PRIMARY KEY, words text NOT NULL)")
