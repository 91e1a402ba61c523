"""A listener at the door of the session service: asks as the gateway does, until it is answered."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

from ab_shared.contracts import rpc
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import TransientError
from ab_shared.messaging.rabbit import RabbitBus
from failures.troupe import Troupe, eventually
from failures.whole_day import within_one_day

CALL_SECONDS = 5.0
PATIENCE_SECONDS = 60.0
# Session hears of them when it first starts.
STEMS_SECONDS = 60.0
ENDED = frozenset({"completed", "failed"})


def new_line() -> str:
    """A short line that nobody has had spoken."""
    words = ("calm", "warm", "glad", "free", "kind", "brave", "clear", "still")
    return "I am " + " and ".join(secrets.choice(words) for _ in range(4)) + f" {_word()}"


def _word() -> str:
    # Two syllables out of 5,000: speakable, and hardly ever the same twice.
    return "".join(secrets.choice("bdfglmnprst") + secrets.choice("aeiou") for _ in range(3))


class Listener:
    """One user."""

    def __init__(self, bus: RabbitBus, user_id: str) -> None:
        self.bus = bus
        self.user_id = user_id

    async def ask(self, request: Request[ReplyT], *, seconds: float = PATIENCE_SECONDS) -> ReplyT:
        """The answer; what may work the next time is tried again, as an app does."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return await self.bus.call(request, timeout=CALL_SECONDS)
                except TransientError:
                    await asyncio.sleep(0.1)

    async def create(
        self, lines: list[str], session_id: UUID | None = None, voice_id: str = "nova"
    ) -> rpc.CreatedSession:
        """A session of these lines."""
        draft = rpc.SessionDraft(title="Evening", lines=tuple(lines), voice_id=voice_id)
        request = rpc.CreateSession(
            session_id=session_id or uuid4(), user_id=self.user_id, draft=draft
        )
        return await self.ask(request)

    async def job(self, job_id: UUID) -> JobSnapshot:
        """A job of this user's."""
        return await self.ask(rpc.GetJob(job_id=job_id, user_id=self.user_id))

    async def ended(self, job_id: UUID, seconds: float = PATIENCE_SECONDS) -> JobSnapshot:
        """The job when it has ended."""

        async def look() -> JobSnapshot | None:
            job = await self.job(job_id)
            return job if job.status in ENDED else None

        return await eventually(look, seconds, pause=0.1)

    async def left(self) -> int:
        """How many generations this user has left today."""
        found = await self.ask(rpc.GetEntitlement(user_id=self.user_id))
        if found.remaining_today is None:
            raise TypeError("a new user is on the free plan")
        return found.remaining_today


@asynccontextmanager
async def calling(troupe: Troupe, service: str) -> AsyncIterator[RabbitBus]:
    """A bus that calls as a service does."""
    bus = RabbitBus(troupe.rabbitmq_url, service)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()


@asynccontextmanager
async def listening(troupe: Troupe, lasts: float = 30.0) -> AsyncIterator[Listener]:
    """A user nobody has seen before, whose day does not end for so many seconds."""
    await eventually(troupe.has_stems, STEMS_SECONDS)
    await within_one_day(lasts)
    async with calling(troupe, "gateway") as bus:
        yield Listener(bus, f"user_{secrets.token_hex(8)}")
