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
from ab_shared.errors import TransientError

# Any number will do as long as nobody else takes this lock in the same database.
LOCK = 7_061_726_601
LOCK_SECONDS = 120
TURN_SECONDS = 0.2
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
            await _take_turn(connection)
            await connection.execute(text(f"SET lock_timeout = '{DDL_LOCK_SECONDS}s'"))
            await connection.commit()
            await connection.run_sync(_run, migrations, target)
            await connection.commit()
    finally:
        await engine.dispose()


async def _take_turn(connection: AsyncConnection) -> None:
    """Asks again and again: an index built concurrently would wait for whoever just waits here."""
    # Of the session, not of a transaction: each migration has its own, the lock spans them.
    turn = text(f"SELECT pg_try_advisory_lock({LOCK})")
    ends = asyncio.get_running_loop().time() + LOCK_SECONDS
    while not await connection.scalar(turn):
        await connection.commit()
        if asyncio.get_running_loop().time() > ends:
            raise TransientError("Another migration of this database is under way")
        await asyncio.sleep(TURN_SECONDS)


def _run(connection: Connection, migrations: Migrations, target: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations.folder))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
