"""Upgrading a service's database, as the role that owns it: ``python -m ab_<service> migrate``."""

from __future__ import annotations

import asyncio

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ab_shared.database.engine import CONNECT_SECONDS, driver_url
from ab_shared.database.failures import connected, translate_errors
from ab_shared.database.migrations import Migrations

# Any number will do as long as nobody else takes this lock in the same database.
LOCK = 7_061_726_601
LOCK_SECONDS = 120
# DDL that has to queue behind a long transaction would stop everybody who queues behind it.
DDL_LOCK_SECONDS = 10


def migrate(service: str, owner_url: str) -> None:
    """Brings the database of a service to its newest revision.

    Raises:
        SettingsInvalid: the migrations cannot be found or break the convention.
        DependencyUnavailable: the database does not answer.
        TransientError: another migration or a long transaction is in the way.
    """
    asyncio.run(upgrade(Migrations.of(service), owner_url))


async def upgrade(migrations: Migrations, owner_url: str) -> None:
    """As ``migrate``, inside a running loop; a second one waits for the first."""
    target = migrations.head
    engine = create_async_engine(
        driver_url(owner_url), poolclass=NullPool, connect_args={"timeout": CONNECT_SECONDS}
    )
    translate_errors(engine)
    try:
        async with connected(engine) as connection:
            await _limit_locks(connection, LOCK_SECONDS)
            # Of the session, not of a transaction: each migration has its own, the lock spans them.
            await connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
            await _limit_locks(connection, DDL_LOCK_SECONDS)
            await connection.commit()
            await connection.run_sync(_run, migrations, target)
            await connection.commit()
    finally:
        await engine.dispose()


async def _limit_locks(connection: AsyncConnection, seconds: int) -> None:
    await connection.execute(text(f"SET lock_timeout = '{seconds}s'"))


def _run(connection: Connection, migrations: Migrations, target: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.folder))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
