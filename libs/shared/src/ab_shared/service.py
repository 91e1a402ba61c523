"""What every service with a database stands on, opened in order and drained in reverse."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from ab_shared.contracts.draining import DrainSet
from ab_shared.contracts.log_levels import LogLevelSet
from ab_shared.database.engine import check, create_engine
from ab_shared.database.housekeeping import forget_old_marks
from ab_shared.database.migrate import migrate
from ab_shared.database.migrations import Migrations, require_schema
from ab_shared.database.relay import OutboxRelay
from ab_shared.database.transaction import Transactions
from ab_shared.errors import AbError, FatalError, SettingsInvalid
from ab_shared.messaging.draining import Draining
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.health import Health, internal_app
from ab_shared.runtime.log_levels import LogLevels
from ab_shared.runtime.process import EX_CONFIG, EX_TEMPFAIL, Listener, run
from ab_shared.runtime.secret_files import value_of
from ab_shared.runtime.settings import DatabaseSettings

OWNER_URL = "DATABASE_OWNER_URL"
SettingsT = TypeVar("SettingsT", bound=DatabaseSettings)


@dataclass(frozen=True, slots=True)
class Backbone:
    """A database, transactions that send messages, and the bus."""

    engine: AsyncEngine
    transactions: Transactions
    bus: RabbitBus
    log_levels: LogLevels
    draining: Draining

    async def serve(self, subscriptions: Subscriptions) -> None:
        """Starts hearing, once the service has wired its handlers."""
        subscriptions.on(LogLevelSet, self.log_levels.take)
        subscriptions.on(DrainSet, self.draining.take)
        await self.bus.serve(subscriptions)


@asynccontextmanager
async def open_backbone(
    service: str, settings: DatabaseSettings, health: Health
) -> AsyncIterator[Backbone]:
    """Opens database, bus and outbox; at the end finishes work in flight, then lets go.

    Raises:
        SchemaOutdated: the database is older than this release.
        DependencyUnavailable: the database does not answer in time. (A broker that does not is
            waited for while the service runs, alive and not ready.)
    """
    async with AsyncExitStack() as stack:
        engine = create_engine(settings)
        stack.push_async_callback(engine.dispose)
        # First of all: nothing may be heard by a release that does not know its tables.
        await require_schema(engine, Migrations.of(service))
        bus = RabbitBus(settings.rabbitmq_url.get_secret_value(), service)
        stack.push_async_callback(bus.close)
        await bus.begin()
        relay = OutboxRelay(engine, bus)
        # Undone from the end: stop hearing, let the outbox finish its batch, leave the broker.
        stack.push_async_callback(_finish, relay, asyncio.create_task(relay.run()))
        stack.callback(asyncio.create_task(forget_old_marks(engine)).cancel)
        stack.push_async_callback(bus.drain, settings.drain_seconds)
        health.add("postgres", partial(check, engine))
        health.add("rabbitmq", bus.check)
        transactions = Transactions(engine, producer=service, relay=relay)
        levels = LogLevels(service, settings.log_level)
        stack.callback(levels.close)
        draining = Draining(service, bus)
        stack.callback(draining.close)
        yield Backbone(engine, transactions, bus, levels, draining)


async def _finish(relay: OutboxRelay, task: asyncio.Task[None]) -> None:
    relay.stop()
    await task


def service_app(running: Callable[[Health], AbstractAsyncContextManager[None]]) -> Starlette:
    """The internal application; its lifespan is ``running`` with the health it reports."""
    health = Health()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with running(health):
            yield

    return internal_app(health, lifespan)


def service_main(
    service: str,
    settings_type: type[SettingsT],
    create_app: Callable[[SettingsT], Starlette],
    arguments: Sequence[str],
) -> int:
    """``python -m ab_<service>``, or with ``migrate`` behind it; returns the exit code."""

    def listeners(settings: SettingsT) -> Sequence[Listener]:
        app = create_app(settings)
        return [Listener(app, settings.internal_http_host, settings.internal_http_port)]

    if list(arguments) == ["migrate"]:
        return migrate_main(service)
    return run(service, settings_type, listeners)


def migrate_main(service: str) -> int:
    """``python -m ab_<service> migrate``: exit code 0, or a line on standard error and another.

    78 (EX_CONFIG) needs somebody to mend it, 75 (EX_TEMPFAIL) may work the next time.
    """
    try:
        owner_url = value_of(OWNER_URL)
        if not owner_url:
            raise SettingsInvalid(f"{OWNER_URL} is missing")
        migrate(service, owner_url)
    except AbError as error:
        sys.stderr.write(f"{service}: {error.message}\n")
        return EX_CONFIG if isinstance(error, FatalError) else EX_TEMPFAIL
    return 0
