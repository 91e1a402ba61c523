"""The clockwork: what is done again and again while the process lives."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from ab_shared.runtime.context import Context, bound

Chore: TypeAlias = Callable[[], Awaitable[object]]
"""Done in a transaction of its own; several instances may do it at once."""
logger = logging.getLogger("ab.chores")


@asynccontextmanager
async def sweeping(chores: tuple[Chore, ...], seconds: float) -> AsyncIterator[None]:
    """Does every chore each ``seconds``, give or take a tenth, inside the block."""
    task = asyncio.create_task(_sweep(chores, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(chores: tuple[Chore, ...], seconds: float) -> None:
    spread = random.SystemRandom()
    while True:
        for chore in chores:
            await _do(chore)
        # Spread, so that instances that started together do not sweep together.
        await asyncio.sleep(seconds * spread.uniform(0.9, 1.1))


async def _do(chore: Chore) -> None:
    try:
        with bound(Context()):
            await chore()
    except Exception as error:  # the next sweep may fare better
        extra = {"chore": type(chore).__name__, "error": type(error).__name__}
        logger.warning("A chore failed", extra=extra)
