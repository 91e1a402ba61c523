"""Other ways in: origins, rates, event streams, webhooks, impersonation."""

from __future__ import annotations

import asyncio
import re

from simulators.clerk_tokens import clerk_id

from attacks.attack import attack, demand, variants
from attacks.world import World

ORIGINS = {
    "another": "https://evil.test",
    "null": "null",
    "one that begins alike": "http://localhost.evil.test",
    "one that ends alike": "https://evil-localhost",
    "without TLS": "http://evil.test",
    "with a path": "https://evil.test/x",
    "nonsense": "\u2603",
    "a star": "*",
}


@variants("CORS from", ORIGINS)
async def origins(world: World, origin: str) -> None:
    """No browser gets to read anything for a page of somebody else's."""
    preflight = ["Access-Control-Request-Method: DELETE", "Access-Control-Request-Headers: *"]
    for target in ("/v1/me", "/v1/health", "/v1/admin/me"):
        for method, more in (("GET", []), ("OPTIONS", preflight)):
            answer = await world.raw(target, [f"Origin: {origin}", *more], method=method)
            allowed = answer.header("access-control-allow-origin")
            demand(allowed is None, f"{method} {target} allows {allowed}")
            demand(answer.header("access-control-allow-credentials") is None, "with credentials")


ROTATED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "CF-Connecting-IP",
    "True-Client-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "Via",
    "Fastly-Client-IP",
)
LEFT = re.compile(r'"(?P<name>[a-z-]+)";r=(?P<left>\d+);t=(?P<ends>\d+)')


@variants("rate evasion by", {name: name for name in ROTATED})
async def evaded(world: World, name: str) -> None:
    """Whatever address a client claims, its requests are counted at the one it comes from."""
    for target, method in (("/v1/sessions", "GET"), ("/v1/auth/login", "POST")):
        for _ in range(3):
            seen = [await _left(world, target, method, name, number) for number in range(6)]
            if seen[-1] < seen[0]:
                break
            # A window may have ended meanwhile; it does not end three times in a row.
            await asyncio.sleep(0.2)
        demand(seen[-1] < seen[0], f"what is left of the limit did not fall: {seen}")


async def _left(world: World, target: str, method: str, name: str, number: int) -> int:
    address = f"198.51.100.{number}"
    value = f"for={address}" if name == "Forwarded" else address
    answer = await world.raw(
        target, [f"{name}: {value}", "Content-Length: 2"], b"{}", method=method
    )
    found = LEFT.match(answer.header("ratelimit") or "")
    demand(found, "the answer does not say what is left")
    return int(found["left"]) if found else 0


EVENTS = {
    "a word": "garbage",
    "negative": "-1",
    "beyond all numbers": "9" * 4000,
    "a fraction": "1.5",
    "Arabic digits": "\u0661\u0662",
    "NUL, coded": "1%00",
    "SQL": "1 OR 1=1",
    "a line, coded": "1%0d%0adata: evil",
}


@variants("Last-Event-ID", EVENTS)
async def last_event(world: World, value: str) -> None:
    """Nonsense means the beginning; a stream is never broken by it."""
    headers = {**world.alice.headers, "Last-Event-ID": value.encode()}
    url = f"/v1/jobs/{world.job_id}/events"
    async with world.http.stream("GET", url, headers=headers, timeout=5.0) as response:
        demand(response.status_code in {200, 204}, f"{response.status_code} came")
        if response.status_code == 200:
            first = await anext(response.aiter_text(), "")
            demand(first.startswith("id: "), f"the stream begins with {first[:50]!r}")
            demand("evil" not in first, "the value came back as an event")


@attack("impersonated callers take nothing away")
async def impersonated(world: World) -> None:
    """Who helps a user may look, and neither export nor delete."""
    async with world.clerk() as clerk:
        token = await clerk.token(clerk_id("user"), by=clerk_id("user"))
    headers = {"Authorization": f"Bearer {token}"}
    look = await world.send("GET", "/v1/me", headers)
    demand(look.status == 200, f"{look.status}: an impersonated caller cannot look")
    world.check(await world.send("GET", "/v1/me/export", headers), 403, "FORBIDDEN")
    world.check(await world.send("DELETE", "/v1/me", headers), 403, "FORBIDDEN")
    for path in ("/v1/admin/me", "/v1/admin/audit"):
        world.check(await world.send("GET", path, headers), 403, "FORBIDDEN")
