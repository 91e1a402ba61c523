"""The clockwork: what has to be looked after again and again while the process lives."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

from ab_shared.runtime.context import Context, bound

Sweep: TypeAlias = Callable[[], Awaitable[int]]
logger = logging.getLogger("ab.session")


@asynccontextmanager
async def sweeping(sweep: Sweep, seconds: float) -> AsyncIterator[None]:
    """Sweeps every ``seconds``, give or take a tenth, inside the block."""
    task = asyncio.create_task(_sweep(sweep, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(sweep: Sweep, seconds: float) -> None:
    spread = random.SystemRandom()
    while True:
        # Spread, so that instances that started together do not sweep together.
        await asyncio.sleep(seconds * spread.uniform(0.9, 1.1))
        try:
            with bound(Context()):
                await sweep()
        except Exception as error:  # the next sweep may fare better
            logger.warning("A sweep failed", extra={"error": type(error).__name__})
