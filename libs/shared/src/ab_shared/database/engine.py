"""The pool of database sessions of one process, with a bound on every wait."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import event, exc, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ab_shared.database.failures import connected, translate_errors
from ab_shared.database.metrics import count_connections
from ab_shared.database.tracing import note_statements
from ab_shared.runtime.settings import DatabaseSettings

# A caller waits 5 s for an RPC: connecting or queueing for longer answers nobody.
CONNECT_SECONDS = 5.0
POOL_SECONDS = 5.0
# Message handlers may take longer than a caller waits, but no statement here needs seconds.
STATEMENT_SECONDS = 10.0
COMMAND_SECONDS = 12.0  # longer: the server's own word is the better one
# Sessions are renewed twice an hour, so that a failover or a new certificate reaches them all.
RECYCLE_SECONDS = 1800


def driver_url(url: str) -> URL:
    """The URL with the driver we use, whichever of its usual forms it came in."""
    return make_url(url).set(drivername="postgresql+asyncpg")


def create_engine(settings: DatabaseSettings) -> AsyncEngine:
    """The engine of a service; nothing connects before its first use."""
    engine = engine_for(
        settings.database_url.get_secret_value(),
        pool_size=settings.database_pool_size,
        pooled=settings.database_pool_mode == "transaction",
    )
    count_connections(engine, settings.database_pool_size)
    return engine


def engine_for(url: str, *, pool_size: int, pooled: bool = False) -> AsyncEngine:
    """An engine on a URL. ``pooled``: a transaction pooler (PgBouncer) stands in between."""
    target = driver_url(url)
    engine = create_async_engine(
        target,
        pool_size=pool_size,
        # The pool is the bound: the sum over all processes has to fit max_connections.
        max_overflow=0,
        hide_parameters=True,  # they hold what people wrote
        pool_timeout=POOL_SECONDS,
        pool_recycle=RECYCLE_SECONDS,
        connect_args=_connect_args(target.username or "ab", pooled=pooled),
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)
    translate_errors(engine)
    note_statements(engine)
    return engine


def _connect_args(application: str, *, pooled: bool) -> dict[str, Any]:
    args: dict[str, Any] = {"timeout": CONNECT_SECONDS, "command_timeout": COMMAND_SECONDS}
    if pooled:
        # A pooler hands each transaction to any server session: no statement may outlive one, and
        # timeouts have to be set on the role (ALTER ROLE ... SET statement_timeout).
        return args | {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": _statement_name,
            "server_settings": {"application_name": application},
        }
    milliseconds = str(int(STATEMENT_SECONDS * 1000))
    return args | {
        "server_settings": {
            "application_name": application,
            "statement_timeout": milliseconds,
            "jit": "off",  # our statements are short; compiling them costs more than running them
        }
    }


def _statement_name() -> str:
    return f"ab_{uuid4().hex}"


def _refuse_closed(adapted: Any, _record: object, _proxy: object) -> None:
    """Notices a session whose server is gone without asking the server first."""
    if adapted.driver_connection.is_closed():
        raise exc.InvalidatePoolError


async def check(engine: AsyncEngine) -> None:
    """Raises DependencyUnavailable unless the database answers."""
    async with connected(engine) as connection:
        await connection.execute(text("SELECT 1"))
