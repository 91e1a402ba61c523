"""Light load that counts whatever does not go as it should: nothing is ever tried again.

It reaches the gateways as a balancer does, by who says on /readyz that they are ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from failures.listener import new_line
from failures.rotation_fleet import Fleet
from failures.troupe import eventually

LOOK_SECONDS, PAUSE_SECONDS = 0.1, 0.08
JOB_SECONDS, HTTP_SECONDS = 120.0, 30.0
WELL = (200, 201, 202, 204)


class Balancer:
    """Sends each request to a gateway that was ready a moment ago."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._ready: list[httpx.AsyncClient] = []
        self._turn = itertools.count()
        self.gaps: list[str] = []
        """What the gateways said whenever none of them was ready, though one had been before."""

    async def watch(self) -> None:
        """Looks at every gateway, again and again."""
        async with httpx.AsyncClient(trust_env=False, timeout=1) as probe:
            while True:
                await self._look(probe)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, probe: httpx.AsyncClient) -> None:
        ready, said, silent = [], [], False
        for actor in self._fleet.gateways:
            client = self._client(actor.public_url)
            try:
                answer = await probe.get(f"{actor.health_url}/readyz")
            except httpx.TimeoutException:
                # One late answer takes nobody out: balancers want several in a row.
                ready += [client] if client in self._ready else []
                silent = True
            except httpx.TransportError as error:
                said.append(f"{actor.name} {type(error).__name__}")
            else:
                ready += [client] if answer.status_code == httpx.codes.OK else []
                said.append(f"{actor.name} {answer.text}")
        # Who says nothing may well be ready: only what all of them said counts.
        if self._ready and not ready and not silent:
            self.gaps.append(f"no gateway was ready: {', '.join(said)}")
        # With nobody ready, balancers go on with those they had ("fail open").
        self._ready = ready or self._ready

    def _client(self, url: str) -> httpx.AsyncClient:
        if url not in self._clients:
            self._clients[url] = httpx.AsyncClient(
                base_url=url, trust_env=False, timeout=HTTP_SECONDS
            )
        return self._clients[url]

    async def is_up(self) -> bool:
        """Whether anybody is ready."""
        return bool(self._ready)

    def pick(self) -> httpx.AsyncClient:
        """The next in turn; RuntimeError when none is ready."""
        if not self._ready:
            raise RuntimeError("no gateway is ready")
        return self._ready[next(self._turn) % len(self._ready)]

    async def close(self) -> None:
        """Closes every connection."""
        for client in self._clients.values():
            await client.aclose()


@dataclass(slots=True)
class Load:
    """Listeners at work, and what came of it."""

    fleet: Fleet
    balancer: Balancer
    done: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)
    access: str = ""
    refresh: str = ""
    may_refresh: bool = False
    """Whether an access token may be refused, as after a withdrawal: an app then refreshes."""
    stopping: bool = False
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(
        self, what: str, method: str, path: str, *, well: Sequence[int] = WELL, **more: Any
    ) -> httpx.Response | None:
        """One request, once; None and counted when it is not answered well."""
        try:
            answer = await self.balancer.pick().request(method, path, **more)
        except (httpx.HTTPError, RuntimeError) as error:
            self.failed.append(f"{what}: {type(error).__name__} {error}")
            return None
        if answer.status_code not in well:
            self.failed.append(f"{what}: {answer.status_code} {answer.text[:200]}")
            return None
        self.done[what] += 1
        return answer

    async def as_user(self, what: str, method: str, path: str, **more: Any) -> dict[str, Any]:
        """The same as the listener, who refreshes a refused token once where that may be."""
        well = (*WELL, 401) if self.may_refresh else WELL
        seen = self.access
        answer = await self.ask(what, method, path, well=well, headers=self._headers(), **more)
        if answer is not None and answer.status_code == httpx.codes.UNAUTHORIZED:
            await self.renew(seen)
            answer = await self.ask(what, method, path, headers=self._headers(), **more)
        found: dict[str, Any] = answer.json() if answer is not None and answer.content else {}
        return found

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}

    async def register(self) -> None:
        """A new listener."""
        body = {"email": f"u{secrets.token_hex(6)}@example.com", "password": secrets.token_hex(12)}
        self._take(await self.ask("register", "POST", "/v1/auth/register", json=body))

    async def renew(self, seen: str) -> None:
        """Another access token than ``seen``: a refresh token works once."""
        async with self.renewing:
            if self.access == seen:
                body = {"refreshToken": self.refresh}
                self._take(await self.ask("refresh", "POST", "/v1/auth/refresh", json=body))

    def _take(self, answer: httpx.Response | None) -> None:
        if answer is not None:
            pair = answer.json()
            self.access, self.refresh = pair["accessToken"], pair["refreshToken"]

    async def create(self) -> None:
        """One session until its track can be fetched."""
        draft = {
            "title": "Evening",
            "affirmations": [new_line()],
            "voiceId": "nova",
            "localDraftId": str(uuid4()),
        }
        created = await self.as_user("create", "POST", "/v1/sessions", json=draft)
        if not created:
            return
        async with asyncio.timeout(JOB_SECONDS):
            while True:
                found = await self.as_user("poll", "GET", f"/v1/jobs/{created['_audioJobId']}")
                if found.get("job", {}).get("status") in {"completed", "failed"}:
                    break
                await asyncio.sleep(0.2)
        if found["job"]["status"] == "failed":
            self.failed.append(f"job: {found['job'].get('error')}")
            return
        self.done["track"] += 1
        path = f"/v1/sessions/{created['id']}/playback-bundle"
        bundle = await self.as_user("bundle", "GET", path)
        if bundle:
            self.media.append(bundle["bundle"]["affirmationsMergedUrl"])

    async def look_around(self) -> None:
        """What an open app asks again and again."""
        for path in ("/v1/me", "/v1/sessions", "/v1/me/entitlement", "/v1/me/preferences"):
            await self.as_user("read", "GET", path)
            await asyncio.sleep(PAUSE_SECONDS)

    async def settled(self, tracks: int = 1) -> None:
        """Waits until that many more tracks were made: what was begun before is over then."""
        wanted = self.done["track"] + tracks

        async def made() -> bool:
            return self.done["track"] >= wanted or bool(self.failed)

        await eventually(made, JOB_SECONDS)

    async def again(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does one thing after another until the load stops; what breaks is a failure."""
        while not self.stopping:
            try:
                await work()
            except Exception as error:  # whatever it is, the listener has not got it
                self.failed.append(f"{type(error).__name__}: {error}")


@contextlib.asynccontextmanager
async def under_load(fleet: Fleet, *more: Callable[[Load], Awaitable[None]]) -> AsyncIterator[Load]:
    """A listener who makes tracks and one who looks around, for as long as the block lasts."""
    balancer = Balancer(fleet)
    load = Load(fleet, balancer)
    watching = asyncio.create_task(balancer.watch())
    working: list[asyncio.Task[None]] = []
    try:
        await eventually(balancer.is_up, 10)
        await load.register()
        works = (load.create, load.look_around, *(_bind(one, load) for one in more))
        working = [asyncio.create_task(load.again(work)) for work in works]
        await load.settled()
        yield load
        await load.settled()
    finally:
        load.stopping = True
        await asyncio.gather(*working)
        load.failed += balancer.gaps
        fleet.figures.append({"requests": sum(load.done.values()), "failed": len(load.failed)})
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await balancer.close()


def _bind(work: Callable[[Load], Awaitable[None]], load: Load) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await work(load)
        await asyncio.sleep(PAUSE_SECONDS)

    return run
