"""The clockwork: looks after jobs that do not move, for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ab_shared.runtime.context import Context, bound

from ab_session.usecases.revive_jobs import ReviveJobs

log = logging.getLogger("ab.session")


@asynccontextmanager
async def sweeping(revive: ReviveJobs, seconds: float) -> AsyncIterator[None]:
    """Sweeps every ``seconds``, give or take a tenth, inside the block."""
    task = asyncio.create_task(_sweep(revive, seconds))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(revive: ReviveJobs, seconds: float) -> None:
    spread = random.SystemRandom()
    while True:
        await asyncio.sleep(seconds * spread.uniform(0.9, 1.1))
        try:
            with bound(Context()):
                await revive()
        except Exception as error:  # the next sweep may fare better
            log.warning("A sweep failed", extra={"error": type(error).__name__})
