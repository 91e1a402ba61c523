"""Clerk's webhooks, as Svix sends them: at least once, signed anew for each try, in any order."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from simulators.clerk_tokens import clerk_id

# At once, then 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h later; then silence.
RETRY_SECONDS = (0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000)
PATIENCE_SECONDS = 15.0
PREFIX = "whsec_"


def signature(secret: str, message_id: str, stamp: int, body: bytes) -> str:
    """``v1,<base64>``: HMAC-SHA256 over ``{id}.{timestamp}.{body}``."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


@dataclass
class Delivery:
    """One try and what came of it; status 0: no answer."""

    message_id: str
    type: str
    attempt: int
    status: int
    seconds: float


@dataclass
class Courier:
    """Tells each event until it is answered with 2xx or the last retry has failed.

    ``hurry`` divides the vendor's waits. While ``holding``, events pile up until somebody releases
    them. With several ``secrets`` each try carries a signature of every one, as in a rotation.
    """

    client: httpx.AsyncClient
    url: str | None
    secrets: Sequence[str]
    hurry: float = 1.0
    now: Callable[[], float] = time.time
    holding: bool = False
    held: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def tell(self, event: dict[str, Any]) -> str:
        """Starts telling, or keeps what is to be told; the id of the message."""
        message_id = clerk_id("msg")
        if self.holding:
            self.held.append((message_id, event))
        elif self.url is not None:
            self._start(message_id, event)
        return message_id

    def release(self, *, shuffle: int | None = None, copies: int = 1) -> int:
        """Lets go of what was held, ``copies`` times each, in the order that a seed gives."""
        self.holding = False
        messages = [one for one in self.held for _ in range(copies)]
        self.held.clear()
        if shuffle is not None:
            random.Random(shuffle).shuffle(messages)
        if self.url is not None:
            for message_id, event in messages:
                self._start(message_id, event)
        return len(messages)

    def headers(self, message_id: str, body: bytes, late: float = 0.0) -> dict[str, str]:
        """What belongs to a body; ``late`` seconds old."""
        stamp = int(self.now() - late)
        signed = [signature(secret, message_id, stamp, body) for secret in self.secrets]
        return {
            "Content-Type": "application/json",
            "User-Agent": "Svix-Webhooks/1.84",
            "svix-id": message_id,
            "svix-timestamp": str(stamp),
            "svix-signature": " ".join(signed),
        }

    async def deliver(self, message_id: str, event: dict[str, Any], attempt: int = 1) -> int:
        """One try; the status it was answered with."""
        body, started = json.dumps(event).encode(), time.perf_counter()
        try:
            response = await self.client.post(
                self.url or "",
                content=body,
                headers=self.headers(message_id, body),
                timeout=PATIENCE_SECONDS,
            )
            status = response.status_code
        except httpx.HTTPError:
            status = 0
        seconds = round(time.perf_counter() - started, 4)
        self.deliveries.append(Delivery(message_id, event["type"], attempt, status, seconds))
        return status

    async def idle(self) -> None:
        """Returns when nothing more is on its way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Gives up on whatever waits for another try."""
        for task in self._tasks:
            task.cancel()
        await self.idle()

    def described(self) -> list[dict[str, Any]]:
        """Every try so far."""
        return [asdict(one) for one in self.deliveries]

    def _start(self, message_id: str, event: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._tell(message_id, event))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, message_id: str, event: dict[str, Any]) -> None:
        for attempt, seconds in enumerate(RETRY_SECONDS, start=1):
            await asyncio.sleep(seconds / self.hurry)
            status = await self.deliver(message_id, event, attempt)
            if httpx.codes.is_success(status):
                return
