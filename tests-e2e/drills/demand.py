"""A light load whose every order is followed to its end: the app tries again until it knows."""

from __future__ import annotations

import asyncio
import itertools
import random
import secrets
import time
from collections import Counter
from typing import Any
from uuid import uuid4

from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.load.phrases import phrases
from ab_shared.contracts.http import DraftSession
from failures.chaos.listeners import Listener, Outcome, Patience
from failures.chaos.orders import Kind, Order
from observability.stems import leave_out_stems

USERS = 3
LINES = 2
PAUSE_SECONDS = 2.5
# Light also where nothing gets done: what piles up in an outage would be load after it.
MOST_OPEN = 6


class Demand:
    """Listeners who order a track every now and then; ``end`` waits for what they ordered."""

    def __init__(self, gateway_url: str, patience_seconds: float) -> None:
        self._clients = [ApiClient(gateway_url) for _ in range(USERS)]
        self._patience = Patience(time.monotonic() + patience_seconds)
        self._orders: list[asyncio.Task[Outcome]] = []
        self._ordering: asyncio.Task[None] | None = None
        self._dice = random.Random(secrets.token_hex(8))

    async def begin(self) -> None:
        """Signs them up, waits for a first track, and lets them order; raises ClientError."""
        for client in self._clients:
            email = f"drill-{secrets.token_hex(8)}@example.com"
            await client.register(email, secrets.token_urlsafe(18))
        await self._order(0)
        self._ordering = asyncio.create_task(self._order_on())

    async def end(self) -> list[Outcome]:
        """No more orders; what became of each. Those without an end by then are ``stuck``."""
        if self._ordering is not None:
            self._ordering.cancel()
            await asyncio.gather(self._ordering, return_exceptions=True)
        return list(await asyncio.gather(*self._orders))

    async def close(self) -> None:
        """Lets go of whatever is open."""
        for task in (*self._orders, *filter(None, [self._ordering])):
            task.cancel()
        await asyncio.gather(*self._orders, return_exceptions=True)
        for client in self._clients:
            await client.__aexit__(None, None, None)

    def _order(self, number: int) -> asyncio.Task[Outcome]:
        user = number % USERS
        order = Order(number, user, Kind.PLAIN, _draft(number, self._dice), 0.0)
        listener = Listener(self._clients[user], self._patience)
        self._orders.append(asyncio.create_task(listener.fulfil(order)))
        return self._orders[-1]

    async def _order_on(self) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(PAUSE_SECONDS)
            if sum(not order.done() for order in self._orders) < MOST_OPEN:
                self._order(number)


async def make_the_first(described: dict[str, Any]) -> None:
    """Has one track made on a fresh stack, and of the catalogue's sounds only those it needs.

    Raises:
        ClientError, TimeoutError: it was not made.
    """
    async with ApiClient(str(described["gateway_url"])) as client:
        email = f"drill-{secrets.token_hex(8)}@example.com"
        await client.register(email, secrets.token_urlsafe(18))
        made = await client.create_session(_draft(0, random.Random(email)))
        await leave_out_stems(described, made.audio_job_id)
        await wait_for(client, made.audio_job_id)


def _draft(number: int, dice: random.Random) -> DraftSession:
    return DraftSession(
        local_draft_id=uuid4(),
        title=f"Drill {number}",
        affirmations=phrases(dice, LINES),
        voice_id="nova",
    )


def reasons(outcomes: list[Outcome]) -> dict[str, int]:
    """Why tracks failed, as their listeners were told."""
    return dict(Counter(one.reason for one in outcomes if one.end == "failed"))


def unfinished(outcomes: list[Outcome]) -> list[str]:
    """Orders that are neither ready nor failed."""
    return [f"order {one.order.number}: {one.reason}" for one in outcomes if one.end == "stuck"]
