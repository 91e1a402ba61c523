"""Some more of the same, after everything has been scraped once.

A counter that comes into being with its first event has not grown yet: Prometheus has never seen
it at 0. Panels of growth (so many more than a day ago) have an answer from the second time on.
"""

from __future__ import annotations

import asyncio
import secrets
import time

from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.listening import Listening
from ab_shared.contracts.http import DraftSession
from failures.listener import new_line
from observability.observed import SCRAPE_SECONDS, Observed

WAVE_SECONDS = 120.0


def again(observed: Observed) -> None:
    """Somebody else signs up, makes a track by a request sent twice, and plays it."""
    asyncio.run(_again(observed))
    time.sleep(3 * SCRAPE_SECONDS)


async def _again(observed: Observed) -> None:
    async with (
        asyncio.timeout(WAVE_SECONDS),
        ApiClient(observed.stack.gateway_url) as listener,
    ):
        await listener.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
        wanted = DraftSession(title="Evening", affirmations=[new_line()], voice_id="nova")
        key = secrets.token_hex(8)
        created = await listener.create_session(wanted, idempotency_key=key)
        await listener.create_session(wanted, idempotency_key=key)
        await wait_for(listener, created.audio_job_id)
        await listener.bundle(created.id)
        heard = Listening(listener)
        await heard.tell(created.id, "start")
        await heard.tell(created.id, "complete")
