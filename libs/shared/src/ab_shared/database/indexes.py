"""Indexes on tables that may be big already: built while everybody goes on writing.

For migrations::

    def upgrade() -> None:
        build_index("jobs_of_a_user", "jobs", ["owner_user_id"])
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op
from sqlalchemy import TextClause, text

from ab_shared.database.migrate import DDL_LOCK_SECONDS

# A build waits for transactions older than itself, which stops nobody: it may wait for long ones.
BUILD_LOCK_SECONDS = 600


def build_index(
    name: str,
    table: str,
    columns: Sequence[str | TextClause],
    *,
    using: str = "btree",
    where: str | None = None,
) -> None:
    """Commits what the migration did before, then builds; so it can be run again at any point.

    Args:
        name: of the index.
        table: on which.
        columns: names, or ``text()`` for expressions.
        using: the access method.
        where: which rows, if not all.
    """
    with op.get_context().autocommit_block():
        op.execute(f"SET lock_timeout = '{BUILD_LOCK_SECONDS}s'")
        # An interrupted build leaves an index that is kept up to date and never used.
        op.drop_index(name, table, postgresql_concurrently=True, if_exists=True)
        op.create_index(
            name,
            table,
            list(columns),
            postgresql_using=using,
            postgresql_where=text(where) if where else None,
            postgresql_concurrently=True,
        )
        op.execute(f"SET lock_timeout = '{DDL_LOCK_SECONDS}s'")
