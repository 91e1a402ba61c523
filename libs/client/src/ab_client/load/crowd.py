"""Those who listen: accounts at the built-in issuer, what they have made, the lines that exist."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import httpx
from ab_shared.contracts.http import DraftSession, Tokens

from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_client.load.mix import Mix
from ab_client.load.phrases import phrases

SIGN_INS_AT_ONCE = 4
SEEN_SETS = 4
RENEW_SECONDS = 60.0
VOICES = ("nova", "alloy", "shimmer", "onyx")
GOALS = ("sleep", "focus", "anxiety", "meditate", "creativity")


@dataclass(frozen=True, slots=True)
class Words:
    """What a track is made of."""

    lines: list[str]
    voice: str
    goal: str


@dataclass
class Person:
    """Somebody signed in, with the tracks of theirs that are ready and what these say."""

    client: ApiClient
    refresh_token: str
    renew_at: float
    tracks: dict[UUID, Words] = field(default_factory=dict)
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stay(self) -> None:
        """Changes a token that is about to end for a new one; raises ``ClientError``."""
        async with self._renewing:
            if time.monotonic() >= self.renew_at:
                tokens = await self.client.refresh(self.refresh_token)
                self.refresh_token, self.renew_at = tokens.refresh_token, renewal(tokens)


def renewal(tokens: Tokens) -> float:
    """When to ask for the next ones: well before these end, on the monotonic clock."""
    return time.monotonic() + max(tokens.expires_in - RENEW_SECONDS, tokens.expires_in / 2)


@dataclass
class Crowd:
    """Everybody, over one pool of connections."""

    base_url: str
    transport: httpx.AsyncBaseTransport
    people: list[Person] = field(default_factory=list)
    seen: list[Words] = field(default_factory=list)
    _visitor: ApiClient | None = None

    @property
    def visitor(self) -> ApiClient:
        """Somebody who has not signed in."""
        if self._visitor is None:
            self._visitor = self.stranger()
        return self._visitor

    def stranger(self) -> ApiClient:
        """A client of its own for somebody who may sign up."""
        return ApiClient(self.base_url, transport=self.transport)

    async def join(self, client: ApiClient) -> Person:
        """Makes an account; raises ``ClientError``."""
        email = f"load-{secrets.token_hex(8)}@example.com"
        tokens = await client.register(email, secrets.token_urlsafe(18))
        person = Person(client, tokens.refresh_token, renewal(tokens))
        self.people.append(person)
        return person

    async def gather(self, count: int, mix: Mix, seed: object) -> None:
        """So many accounts, each with a track that is ready where the mix needs one.

        Raises:
            ClientError: the API refuses, cannot be reached, or a track fails.
        """
        at_once, random = asyncio.Semaphore(SIGN_INS_AT_ONCE), Random(f"crowd {seed}")

        async def one() -> None:
            async with at_once:
                await self.join(self.stranger())

        await _all(one() for _ in range(count))
        if mix.needs_tracks:
            drafts = [words(mix, random) for _ in range(min(SEEN_SETS, count))]
            # These are spoken; everybody else's are made of the same reads.
            await _all(map(self._give, self.people, drafts))
            self.seen = drafts
            rest = self.people[len(drafts) :]

            async def like(place: int, person: Person) -> None:
                async with at_once:
                    await self._give(person, drafts[place % len(drafts)])

            await _all(like(place, person) for place, person in enumerate(rest))

    async def _give(self, person: Person, made_of: Words) -> None:
        made = await person.client.create_session(draft(made_of))
        await wait_for(person.client, made.audio_job_id)
        person.tracks[made.id] = made_of


def words(mix: Mix, random: Random) -> Words:
    """A track that nobody has made yet."""
    count = random.randint(mix.least_lines, mix.most_lines)
    return Words(phrases(random, count), random.choice(VOICES), random.choice(GOALS))


def draft(made_of: Words, local_id: UUID | None = None) -> DraftSession:
    """As the app sends it."""
    return DraftSession(
        local_draft_id=local_id,
        title="Under load",
        goal_tag=made_of.goal,
        affirmations=made_of.lines,
        voice_id=made_of.voice,
    )


async def _all(works: Iterable[Coroutine[None, None, object]]) -> None:
    """Everything at once; the first failure ends the rest and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
