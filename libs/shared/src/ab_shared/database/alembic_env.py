"""What every service's ``migrations/env.py`` calls, and nothing more.

::

from ab_shared.database import alembic_env
from ab_tts.adapters.tables import METADATA

alembic_env.run(METADATA)
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData


def run(metadata: MetaData) -> None:
    """Runs the migrations Alembic has chosen on the connection ``migrate`` has opened."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection, target_metadata=metadata, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
