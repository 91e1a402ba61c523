"""Checks any deployment from outside: what everybody sees, and the main job for one user."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import httpx
from ab_shared.contracts.http import ApiError, DraftSession
from pydantic import ValidationError

from ab_client.api import ApiClient
from ab_client.errors import ClientError
from ab_client.jobs import wait_for

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
# A browser of somebody else's site.
STRANGER = "https://smoke-test.invalid"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class Fault(Exception):
    """What a check found."""


@dataclass(frozen=True)
class Login:
    """Who the main job is done for: a token or API key, or an account of the built-in issuer."""

    token: str | None = None
    email: str | None = None
    password: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is anybody to be."""
        return bool(self.token or (self.email and self.password))


@dataclass(frozen=True)
class Outcome:
    """A check: ``fault`` is None where all is well, ``note`` is what was seen."""

    name: str
    seconds: float
    note: str
    fault: str | None = None


async def smoke(
    base_url: str, login: Login, *, transport: httpx.AsyncBaseTransport | None = None
) -> list[Outcome]:
    """Every check in turn; each goes on whatever the ones before found."""
    outcomes: list[Outcome] = []
    async with (
        httpx.AsyncClient(
            base_url=base_url.rstrip("/"), timeout=TIMEOUT, transport=transport
        ) as http,
        ApiClient(base_url, token=login.token, transport=transport) as client,
    ):
        for name, check in CHECKS.items():
            outcomes.append(await _timed(name, check(http)))
        if login.given:
            outcomes.append(await _timed("signed in", _signed_in(client, login)))
            if outcomes[-1].fault is None:
                outcomes.append(await _timed("main job", _main_job(client, http)))
    return outcomes


async def _timed(name: str, check: Awaitable[str]) -> Outcome:
    began = time.perf_counter()
    note, fault = "", None
    try:
        note = await check
    except (Fault, ClientError, ValidationError, httpx.HTTPError, TimeoutError) as error:
        fault = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Outcome(name, time.perf_counter() - began, note, fault)


def _must(holds: object, told: str) -> None:
    if not holds:
        raise Fault(told)


async def _health(http: httpx.AsyncClient) -> str:
    for path in ("/v1/health", "/health"):
        answer = await http.get(path)
        _must(answer.status_code == httpx.codes.OK, f"{path} answers {answer.status_code}")
        _must(answer.json() == {"ok": True}, f"{path} says something else")
    return 'with and without /v1: {"ok": true}'


async def _headers(http: httpx.AsyncClient) -> str:
    answer = await http.get("/v1/health", headers={"X-Request-Id": "smoketest"})
    for name, value in HEADERS.items():
        _must(answer.headers.get(name) == value, f"{name} is {answer.headers.get(name)}")
    _must("Strict-Transport-Security" in answer.headers, "Strict-Transport-Security is missing")
    _must("server" not in answer.headers, f"Server is told: {answer.headers.get('server')}")
    _must(answer.headers.get("X-Request-Id") == "smoketest", "X-Request-Id is not echoed")
    return "security headers, request id echoed, no Server"


async def _docs(http: httpx.AsyncClient) -> str:
    page = await http.get("/docs")
    _must(page.status_code == httpx.codes.OK, f"/docs answers {page.status_code}")
    _must("//" not in page.text.replace("<!doctype", ""), "/docs asks another host")
    document = (await http.get("/openapi.json")).json()
    _must(str(document.get("openapi", "")).startswith("3.1"), "/openapi.json is no OpenAPI 3.1")
    return f"OpenAPI {document['openapi']}, {len(document['paths'])} paths"


async def _catalogue(http: httpx.AsyncClient) -> str:
    voices = await http.get("/v1/catalog/voices")
    _must(voices.status_code == httpx.codes.OK, f"voices answer {voices.status_code}")
    known = {"If-None-Match": voices.headers.get("ETag", "")}
    again = await http.get("/v1/catalog/voices", headers=known)
    _must(again.status_code == httpx.codes.NOT_MODIFIED, "the ETag of the voices is not believed")
    rows = (await http.get("/v1/sessions")).json().get("sessions", [])
    _must(rows, "the catalogue is empty")
    return f"{len(voices.json()['voices'])} voices, {len(rows)} sessions, 304 by ETag"


async def _cors(http: httpx.AsyncClient) -> str:
    asked = {"Origin": STRANGER, "Access-Control-Request-Method": "GET"}
    for answer in (
        await http.options("/v1/me", headers=asked),
        await http.get("/v1/health", headers={"Origin": STRANGER}),
    ):
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        _must(allowed is None, f"another site may read answers: {allowed}")
    return "another site may read nothing"


async def _stranger(http: httpx.AsyncClient) -> str:
    for headers in ({}, {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}):
        answer = await http.get("/v1/me", headers=headers)
        _must(answer.status_code == httpx.codes.UNAUTHORIZED, f"/v1/me: {answer.status_code}")
        _shape(answer, "UNAUTHORIZED")
    return "401 UNAUTHORIZED without a token and with an unsigned one"


async def _nothing(http: httpx.AsyncClient) -> str:
    _shape(await http.get("/v1/no-such-thing"), "NOT_FOUND")
    metrics = await http.get("/metrics")
    _must(metrics.status_code == httpx.codes.NOT_FOUND, "/metrics is public")
    return "404 NOT_FOUND, and no metrics in public"


def _shape(answer: httpx.Response, code: str) -> None:
    error = ApiError.model_validate_json(answer.content)
    _must(error.code == code, f"the code is {error.code}, not {code}")
    _must(error.request_id and error.request_id.isalpha(), "requestId is not letters only")
    _must("null" not in answer.text, "something absent is told as null")
    _must("connection" not in error.message.lower(), 'a message speaks of a "connection"')


CHECKS: dict[str, Callable[[httpx.AsyncClient], Awaitable[str]]] = {
    "health": _health,
    "headers": _headers,
    "docs": _docs,
    "catalogue": _catalogue,
    "other origins": _cors,
    "no token": _stranger,
    "no such address": _nothing,
}


async def _signed_in(client: ApiClient, login: Login) -> str:
    if login.email and login.password:
        await client.login(login.email, login.password)
    profile, entitlement = await asyncio.gather(client.me(), client.entitlement())
    return f"plan {entitlement.plan}, zone {profile.timezone}"


async def _main_job(client: ApiClient, http: httpx.AsyncClient) -> str:
    began = time.perf_counter()
    made = await client.create_session(_draft((await client.me()).id))
    await wait_for(client, made.audio_job_id)
    ready = time.perf_counter() - began
    bundle = await client.bundle(made.id)
    brain = bundle.binaural or bundle.solfeggio
    _must(brain, "the bundle has no brain layer")
    urls = [bundle.affirmations_merged_url, bundle.background.url_by_platform.ios]
    urls += [brain.url_by_platform.ios] if brain else []
    for url in urls:
        # As players probe: a byte range, and no token.
        part = await http.get(url, headers={"Range": "bytes=0-1"})
        _must(part.status_code == httpx.codes.PARTIAL_CONTENT, f"a layer: {part.status_code}")
        _must(part.headers.get("Content-Type") == "audio/mp4", "a layer is no audio/mp4")
    await _somebody_elses(http, made.id)
    return f"ready after {ready:.1f} s, three layers play"


async def _somebody_elses(http: httpx.AsyncClient, session_id: object) -> None:
    answer = await http.get(f"/v1/sessions/{session_id}")
    _must(answer.status_code == httpx.codes.UNAUTHORIZED, "a stranger can read the session")


def _draft(user_id: str) -> DraftSession:
    """One a day for each user: the first check of a day renders it, all others find it there."""
    today = datetime.now(UTC)
    return DraftSession(
        local_draft_id=uuid5(NAMESPACE_URL, f"smoke {user_id} {today:%Y-%m-%d}"),
        title="Smoke test",
        goal_tag="focus",
        affirmations=[f"I begin this {today:%A} of {today:%B} {today.day} with a clear mind."],
        voice_id="nova",
    )
