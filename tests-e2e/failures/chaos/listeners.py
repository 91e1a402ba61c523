"""Twenty listeners whose app tries again, as a real one would, until it has an answer."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal, ApiUnreachable, ClientError
from ab_shared.contracts.http import JobOut
from failures.chaos.orders import USERS, Kind, Order

ResultT = TypeVar("ResultT")
UNAVAILABLE = frozenset({429, 500, 502, 503, 504})
POLL_SECONDS = 1.0
FINISHED = frozenset({"completed", "failed"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order: ``ready``, ``failed`` with a reason, or ``stuck`` with one.

    ``sessions`` and ``jobs`` are all the ids that the answers to this one draft named.
    """

    order: Order
    end: str
    reason: str = ""
    sessions: frozenset[UUID] = frozenset()
    jobs: frozenset[UUID] = frozenset()
    seconds: float = 0.0


class Patience:
    """Tries again until an instant: honours Retry-After, counts what stood in the way."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.met: Counter[str] = Counter()

    async def __call__(self, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """The answer; raises what came last when time is up, and refusals that stay refusals."""
        last: ClientError
        while True:
            try:
                return await call()
            except ApiUnreachable as error:
                self.met["unreachable"] += 1
                wait, last = 0.5, error
            except ApiRefusal as error:
                if error.status not in UNAVAILABLE:
                    raise
                self.met[str(error.status)] += 1
                wait, last = error.retry_after or 1.0, error
            if time.monotonic() + wait > self.until:
                raise last
            await asyncio.sleep(wait * random.uniform(0.8, 1.2))


class Listener:
    """One user with the app."""

    def __init__(self, client: ApiClient, patience: Patience) -> None:
        self.client = client
        self._try = patience
        self._until = patience.until

    async def fulfil(self, order: Order) -> Outcome:
        """Orders, follows the job to its end, and plays what was made."""
        began = time.monotonic()
        try:
            outcome = await self._fulfil(order)
        except ApiRefusal as error:
            outcome = Outcome(order, "failed", f"{error.status} {error.error.code}")
            if order.kind is not Kind.INVALID:
                outcome = Outcome(order, "stuck", f"refused: {error}")
        except (ClientError, TimeoutError) as error:
            outcome = Outcome(order, "stuck", f"{type(error).__name__}: {error}")
        seconds = time.monotonic() - began
        return Outcome(
            order, outcome.end, outcome.reason, outcome.sessions, outcome.jobs, round(seconds, 2)
        )

    async def _fulfil(self, order: Order) -> Outcome:
        times = 2 if order.kind is Kind.TWICE else 1
        answers = await asyncio.gather(*(self._create(order) for _ in range(times)))
        sessions, jobs = {answer[0] for answer in answers}, {answer[1] for answer in answers}
        session, job_id = answers[0]
        if order.kind is Kind.CANCEL:
            await self._cancel(job_id)
        if order.kind is Kind.ENSURE:
            for state in await asyncio.gather(*(self._ensure(session) for _ in range(2))):
                jobs |= {state} if state else set()
        job = await self._follow(job_id)
        if order.kind is Kind.AGAIN:
            again = await self._create(order)
            sessions, jobs = sessions | {again[0]}, jobs | {again[1]}
        if job.status == "completed":
            await self._try(lambda: self.client.bundle(session))
        end = "ready" if job.status == "completed" else "failed"
        if end == "failed" and not job.error:
            end = "stuck"
        return Outcome(order, end, job.error or "", frozenset(sessions), frozenset(jobs))

    async def _create(self, order: Order) -> tuple[UUID, UUID]:
        created = await self._try(lambda: self.client.create_session(order.draft))
        return created.id, created.audio_job_id

    async def _ensure(self, session: UUID) -> UUID | None:
        return (await self._try(lambda: self.client.ensure_audio(session))).job_id

    async def _cancel(self, job: UUID) -> None:
        try:
            await self._try(lambda: self.client.cancel_job(job))
        except ApiRefusal as error:
            if error.status != 409:  # it had ended already
                raise

    async def _follow(self, job_id: UUID) -> JobOut:
        while True:
            job = await self._try(lambda: self.client.job(job_id))
            if job.status in FINISHED:
                return job
            if time.monotonic() > self._until:
                raise TimeoutError(f"the job is {job.stage} still")
            await asyncio.sleep(POLL_SECONDS)


async def sign_up(gateway_url: str) -> list[ApiClient]:
    """The listeners' accounts, made before anything breaks."""
    clients = [ApiClient(gateway_url) for _ in range(USERS)]
    for client in clients:
        await client.register(f"chaos-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
    return clients
