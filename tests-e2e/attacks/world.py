"""What is attacked: a running stack, somebody with something to lose, and somebody else."""

from __future__ import annotations

import asyncio
import json
import secrets
import shlex
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from ab_client.api import ApiClient
from ab_client.jobs import follow
from simulators.clerk_control import ClerkControl
from simulators.clerk_tokens import clerk_id

from attacks.attack import NotTriedError, demand
from attacks.wire import Answer, Exchange, exchange

LINE = "I keep this sentence to myself"
DRAFT = {"title": "Private", "affirmations": [LINE], "voiceId": "nova"}
# What no answer may hold, whatever was asked: traces, tables, paths of this machine.
SPILLS = (
    *(
        "Traceback",
        'File "',
        'File \\"',
        "site-packages",
        ".py",
        "sqlalchemy",
        "asyncpg",
        "aio_pika",
    ),
    *("pydantic", "uvicorn", "psycopg", "SELECT ", "rabbitmq", "valkey://", "redis://", "amqp://"),
)
SECRET_NAMES = ("password", "secret_access_key", "access_key_id")
SECONDS = 20.0


@dataclass(frozen=True)
class Person:
    """Somebody signed in at the built-in issuer."""

    email: str
    password: str
    token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        """Sent with each of their requests."""
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class World:
    """``alice`` has a session and a job; ``mallory`` wants them."""

    stack: dict[str, Any]
    http: httpx.AsyncClient
    alice: Person
    mallory: Person
    session_id: str = ""
    job_id: str = ""

    @property
    def url(self) -> str:
        """Where the public API answers."""
        return str(self.stack["gateway_url"])

    def setting(self, name: str) -> str:
        """What the gateway was told by its environment; NotTriedError where it was not."""
        path = Path(self.stack["services"]["gateway"]["env_file"])
        pairs = (line.partition("=") for line in path.read_text().splitlines())
        found = {key: "".join(shlex.split(value)) for key, _, value in pairs}
        if not found.get(name):
            raise NotTriedError(f"the gateway has no {name}")
        return found[name]

    @asynccontextmanager
    async def clerk(self) -> AsyncIterator[ClerkControl]:
        """The made-up Clerk whose tokens this stack believes."""
        url = self.stack["simulators"].get("clerk")
        if url is None:
            raise NotTriedError("the stack knows no Clerk")
        async with ClerkControl(url) as control:
            yield control

    async def stranger(self) -> str:
        """A token of somebody nobody has seen: administrators' routes allow few tries to each."""
        async with self.clerk() as clerk:
            return await clerk.token(clerk_id("user"))

    async def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any
    ) -> Answer:
        """One proper request."""
        response = await self.http.request(method, path, headers=headers, **more)
        fields = tuple((name.lower(), value) for name, value in response.headers.items())
        return Answer(response.status_code, fields, response.content)

    async def raw(
        self,
        target: str,
        headers: Iterable[str] = (),
        body: bytes = b"",
        *,
        method: str = "GET",
        seconds: float = 5.0,
    ) -> Answer:
        """One request whose bytes nobody has tidied up, and its only answer."""
        host = self.url.removeprefix("http://")
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        found = await self.bytes([head, body], seconds=seconds)
        demand(len(found.answers) == 1, f"{len(found.answers)} answers")
        return found.answers[0]

    async def bytes(
        self, pieces: Iterable[bytes], *, pause: float = 0.0, seconds: float = 5.0
    ) -> Exchange:
        """Bytes, and whatever comes back."""
        return await exchange(self.url, pieces, pause=pause, seconds=seconds)

    def check(
        self, answer: Answer, status: int, code: str | None, *, hides: Iterable[str] = ()
    ) -> None:
        """Exactly this refusal, in the one shape of errors, and nothing given away with it."""
        seen = f"{answer.status} {answer.text[:200]!r}"
        demand(answer.status == status, f"{status} {code} was expected, {seen} came")
        self.check_silent(answer, hides)
        if code is None:
            return
        try:
            body = json.loads(answer.body)
        except ValueError:
            body = {}
        demand(body.get("code") == code, f"{status} {code} was expected, {seen} came")
        demand(str(body.get("requestId", "")).isalpha(), f"a requestId that is not letters: {seen}")
        demand(set(body) <= {"code", "message", "details", "requestId"}, f"odd fields: {seen}")

    def check_silent(self, answer: Answer, hides: Iterable[str] = ()) -> None:
        """No trace, no secret, nothing of what must stay hidden."""
        text = answer.text + "\n".join(f"{name}: {value}" for name, value in answer.headers)
        for spill in (*SPILLS, *self._secrets(), LINE, *hides):
            demand(spill not in text, f"the answer holds {spill[:40]!r}")
        demand(answer.header("server") is None, "the answer names its server")

    async def check_alive(self) -> None:
        """Whatever was sent, the next one is served."""
        answer = await self.send("GET", "/v1/health")
        demand((answer.status, answer.body) == (200, b'{"ok":true}'), "the API is not well after")

    async def new_person(self) -> Person:
        """Somebody nobody has seen before."""
        email, password = f"{secrets.token_hex(8)}@example.com", secrets.token_hex(12)
        body = {"email": email, "password": password}
        made = await self.http.post("/v1/auth/register", json=body)
        made.raise_for_status()
        tokens = made.json()
        return Person(email, password, tokens["accessToken"], tokens["refreshToken"])

    def _secrets(self) -> list[str]:
        found: list[str] = [self.alice.token, self.alice.refresh_token, self.alice.password]
        waiting: list[Any] = [self.stack["infrastructure"]]
        while waiting:
            here = waiting.pop()
            for name, value in here.items():
                if isinstance(value, dict):
                    waiting.append(value)
                elif name in SECRET_NAMES:
                    found.append(str(value))
        return found


@asynccontextmanager
async def open_world(stack: dict[str, Any]) -> AsyncIterator[World]:
    """A world on a running stack: two new people, and a session that is ready to be stolen."""
    client = httpx.AsyncClient(base_url=stack["gateway_url"], timeout=SECONDS, trust_env=False)
    async with client as http:
        nobody = Person("", "", "x" * 64, "x" * 64)
        world = World(stack, http, nobody, nobody)
        world.alice, world.mallory = await world.new_person(), await world.new_person()
        made = await http.post("/v1/sessions", json=DRAFT, headers=world.alice.headers)
        made.raise_for_status()
        world.session_id, world.job_id = made.json()["id"], made.json()["_audioJobId"]
        await _over(world)
        yield world


async def _over(world: World) -> None:
    async with asyncio.timeout(90), ApiClient(world.url, token=world.alice.token) as client:
        async for _ in follow(client, UUID(world.job_id)):
            pass
