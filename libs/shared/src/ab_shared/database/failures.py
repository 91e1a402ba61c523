"""The one place where what a database driver raises becomes an error of ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import event, exc
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ab_shared.errors import AbError, DependencyUnavailable, TransientError

# SQLSTATE, PostgreSQL documentation, appendix A.
_TRY_AGAIN = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock timeout
_CANCELED = frozenset({"57014", "25P03", "25P04"})  # statement and transaction timeouts
_GONE_CLASSES = ("08", "53", "57P", "58", "28", "3D")  # connection, resources, shutdown, no entry


def translated(error: BaseException) -> AbError | None:
    """Our error for this one; None for what callers should see as it is (constraints, bad SQL)."""
    # The order matters: SQLAlchemy's own timeout is no TimeoutError, and that one is an OSError.
    if isinstance(error, exc.TimeoutError):
        return DependencyUnavailable("Every database session is in use")
    if isinstance(error, TimeoutError):
        return DependencyUnavailable("The database did not answer in time")
    if isinstance(error, OSError):
        return DependencyUnavailable("The database cannot be reached")
    if isinstance(error, exc.DBAPIError):
        return _by_state(getattr(error.orig, "sqlstate", None), lost=error.connection_invalidated)
    return None


def _by_state(state: str | None, *, lost: bool) -> AbError | None:
    if state in _TRY_AGAIN:
        return TransientError("The database asks to try again", details={"sqlstate": state})
    if state in _CANCELED:
        return DependencyUnavailable("The database did not answer in time")
    if lost or (state is not None and state.startswith(_GONE_CLASSES)):
        return DependencyUnavailable("The database cannot be reached", details={"sqlstate": state})
    return None


def translate_errors(engine: AsyncEngine) -> None:
    """Makes every statement on this engine raise our errors where there is one."""

    def handle(context: ExceptionContext) -> BaseException | None:
        # SQLAlchemy does not wrap everything: a timeout of the driver comes as it is.
        seen = context.sqlalchemy_exception or context.original_exception
        return translated(seen)

    event.listen(engine.sync_engine, "handle_error", handle, retval=True)


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A session from the pool.

    Raises:
        DependencyUnavailable: no session is free in time, or the database cannot be reached.
    """
    # Only connecting is translated here: an error of the block must reach its caller as it is.
    stack = AsyncExitStack()
    try:
        connection = await stack.enter_async_context(engine.connect())
    except (OSError, exc.SQLAlchemyError) as error:
        known = translated(error)
        if known is None:
            raise
        raise known from error
    async with stack:
        yield connection
