"""What every process tells of itself: its release, and whether its event loop keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import Gauge, Histogram

from ab_shared.runtime.release import release_of

LOOK_SECONDS = 0.5

BUILD_INFO = Gauge("ab_build_info", "1, with the release as a label.", ("version",))
LOOP_LAG = Histogram(
    "ab_event_loop_lag_seconds",
    "How much later than asked the event loop came back; twice a second.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def tell_release(service: str) -> None:
    """Shows the installed release of a service."""
    BUILD_INFO.labels(release_of(service)).set(1)


@asynccontextmanager
async def watching_the_loop() -> AsyncIterator[None]:
    """Measures the lag of the running event loop inside the block."""
    task = asyncio.create_task(_watch())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch() -> None:
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(LOOK_SECONDS)
        LOOP_LAG.observe(max(0.0, loop.time() - asked - LOOK_SECONDS))
