"""How the vendor tells: at least once, up to six times, signed, in whichever order it comes."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from simulators.revenuecat_books import Event

# After these waits the vendor is silent for good; only reconciling helps then.
RETRY_MINUTES = (5, 10, 20, 40, 80)
PATIENCE_SECONDS = 60.0
# Beyond its connections a client's pool looks for a free one at every step of every request, so
# that a thousand at once keep it busy for minutes before the first of them leaves.
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class Door:
    """Where webhooks go and what they show there."""

    url: str
    authorization: str | None = None
    signing_secret: str | None = None
    signature_header: str = "X-RevenueCat-Webhook-Signature"

    def headers(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """What belongs to a body; the signature is made anew for every try."""
        sent = {"Content-Type": "application/json"}
        if self.authorization is not None:
            sent["Authorization"] = self.authorization
        if self.signing_secret is not None:
            stamp = int(time.time() if at is None else at)
            key = self.signing_secret.encode()
            signed = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
            sent[self.signature_header] = f"t={stamp},v1={signed}"
        return sent


@dataclass
class Delivery:
    """One try and what came of it; status 0: no answer."""

    event_id: str
    type: str
    attempt: int
    status: int
    seconds: float


def body_of(event: Event) -> bytes:
    """An event as it travels."""
    return json.dumps({"api_version": "1.0", "event": event}).encode()


@dataclass
class Sender:
    """Sends each event until it is answered with exactly 200 or the last retry has failed.

    ``minute`` is how long a minute of the vendor's is here. While ``holding``, events pile up until
    somebody releases them in an order of their choice.
    """

    client: httpx.AsyncClient
    door: Door | None
    minute: float = 60.0
    holding: bool = False
    held: list[Event] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))

    def send(self, events: Iterable[Event]) -> None:
        """Starts telling, or keeps what is to be told."""
        for event in events:
            if self.holding:
                self.held.append(event)
            elif self.door is not None:
                self._start(event)

    def release(self, *, shuffle: int | None = None, copies: int = 1) -> int:
        """Lets go of what was held, ``copies`` times each, in the order that a seed gives."""
        self.holding = False
        events = [event for event in self.held for _ in range(copies)]
        self.held.clear()
        if shuffle is not None:
            random.Random(shuffle).shuffle(events)
        self.send(events)
        return len(events)

    async def idle(self) -> None:
        """Returns when nothing more is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Gives up on whatever waits for another try."""
        for task in self._tasks:
            task.cancel()
        await self.idle()

    def _start(self, event: Event) -> None:
        task = asyncio.get_running_loop().create_task(self._tell(event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, event: Event) -> None:
        for attempt, minutes in enumerate((0, *RETRY_MINUTES), start=1):
            await asyncio.sleep(minutes * self.minute)
            if await self.deliver(event, attempt) == httpx.codes.OK:
                return

    async def deliver(self, event: Event, attempt: int = 1) -> int:
        """One try; the status it was answered with."""
        if self.door is None:
            return 0
        async with self._places:
            started = time.perf_counter()
            status = await self._post(self.door, body_of(event))
        seconds = round(time.perf_counter() - started, 4)
        self.deliveries.append(Delivery(event["id"], event["type"], attempt, status, seconds))
        return status

    async def _post(self, door: Door, body: bytes) -> int:
        try:
            response = await self.client.post(
                door.url, content=body, headers=door.headers(body), timeout=PATIENCE_SECONDS
            )
        except httpx.HTTPError:
            return 0
        return response.status_code


def described(delivery: Delivery) -> dict[str, Any]:
    """A try as the control address tells it."""
    return vars(delivery)
