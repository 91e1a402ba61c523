"""Requests whose end two servers could see in two places. Each gets one 400 and a closed door."""

from __future__ import annotations

from attacks.attack import attack, demand, variants
from attacks.world import World

HIDDEN = "GET /v1/me HTTP/1.1\r\nHost: smuggled\r\n\r\n"
BODY = "0\r\n\r\n" + HIDDEN
POST = "POST /v1/auth/login HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"


def both(te: str, *, cl: str = "6") -> str:
    """A length and an encoding, in this order."""
    return f"{POST}Content-Length: {cl}\r\n{te}\r\n\r\n{BODY}"


SHAPES = {
    "CL.TE": both("Transfer-Encoding: chunked"),
    "TE.CL": f"{POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n{HIDDEN}",
    "two lengths": f"{POST}Content-Length: 6\r\nContent-Length: 5\r\n\r\n{BODY}",
    "two equal lengths": f"{POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\n{BODY}",
    "a list of lengths": f"{POST}Content-Length: 6, 5\r\n\r\n{BODY}",
    "a negative length": f"{POST}Content-Length: -1\r\n\r\n{BODY}",
    "a length with a sign": f"{POST}Content-Length: +5\r\n\r\n{BODY}",
    "a length in hex": f"{POST}Content-Length: 0x5\r\n\r\n{BODY}",
    "a length with a fraction": f"{POST}Content-Length: 5.0\r\n\r\n{BODY}",
    "a length with an underscore": f"{POST}Content-Length: 1_0\r\n\r\n{BODY}",
    "a length beyond all numbers": f"{POST}Content-Length: {'9' * 40}\r\n\r\n{BODY}",
    "an empty length": f"{POST}Content-Length: \r\n\r\n{BODY}",
    "a length before its colon": f"{POST}Content-Length : 5\r\n\r\n{BODY}",
    "chunked behind a blank": f"{POST}Transfer-Encoding : chunked\r\n\r\n{BODY}",
    "chunked twice": f"{POST}Transfer-Encoding: chunked, chunked\r\n\r\n{BODY}",
    "chunked, then identity": f"{POST}Transfer-Encoding: chunked, identity\r\n\r\n{BODY}",
    "xchunked": f"{POST}Transfer-Encoding: xchunked\r\n\r\n{BODY}",
    "chunked behind a tab": both("Transfer-Encoding:\tchunked"),
    "chunked folded": f"{POST}Transfer-Encoding:\r\n chunked\r\n\r\n{BODY}",
    "a folded header": f"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nX-A: b\r\n c\r\n\r\n{HIDDEN}",
    "a blank before the first header": f"GET /v1/me HTTP/1.1\r\n Host: HOST\r\n\r\n{HIDDEN}",
    "a header without a name": f"GET /v1/me HTTP/1.1\r\nHost: HOST\r\n: x\r\n\r\n{HIDDEN}",
    "a header without a colon": f"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nbroken\r\n\r\n{HIDDEN}",
    "a NUL in a header": f"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nX-A: b\x00c\r\n\r\n{HIDDEN}",
    "a bare CR in a header": f"GET /v1/me HTTP/1.1\r\nHost: HOST\r\nX-A: b\rX-B: c\r\n\r\n{HIDDEN}",
    "a chunk size that is none": f"{POST}Transfer-Encoding: chunked\r\n\r\nzz\r\n{HIDDEN}",
    "a negative chunk": f"{POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n{HIDDEN}",
    "a chunk in 0x": f"{POST}Transfer-Encoding: chunked\r\n\r\n0x5\r\n{HIDDEN}",
    "a chunk beyond all numbers": f"{POST}Transfer-Encoding: chunked\r\n\r\n{'f' * 40}\r\n{HIDDEN}",
    "a chunk longer than it says": f"{POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{HIDDEN}",
    "another protocol": f"GET /v1/me SMUGGLED/1.1\r\nHost: HOST\r\n\r\n{HIDDEN}",
    "no version": f"GET /v1/me\r\nHost: HOST\r\n\r\n{HIDDEN}",
    "a version with a tail": f"GET /v1/me HTTP/1.1 HTTP/1.1\r\nHost: HOST\r\n\r\n{HIDDEN}",
    "a method of NULs": f"\x00\x00\x00 /v1/me HTTP/1.1\r\nHost: HOST\r\n\r\n{HIDDEN}",
    "TLS to a port without": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + "a" * 200,
}


@variants("smuggling", SHAPES)
async def smuggled(world: World, shape: str) -> None:
    """One refusal in plain words, then the end: what came behind it is nobody's request."""
    host = world.url.removeprefix("http://")
    found = await world.bytes([shape.replace("HOST", host).encode("latin-1")])
    statuses = [answer.status for answer in found.answers]
    demand(len(statuses) <= 1, f"answers {statuses}: the hidden request was served")
    demand(statuses == [400], f"answers {statuses}, closed {found.closed}")
    demand(found.closed, "the connection stays open behind a request that nobody understood")
    world.check_silent(found.answers[0], ["smuggled"])


@attack("an early 401 must not make a body into the next request")
async def unread(world: World) -> None:
    """A refused request's body is the body of that request, however it reads."""
    host = world.url.removeprefix("http://")
    length = len(HIDDEN)
    request = f"POST /v1/sessions HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    found = await world.bytes([request.encode(), HIDDEN.encode()], seconds=2)
    demand([one.status for one in found.answers] == [401], f"{len(found.answers)} answers")


@attack("an upgrade nobody offers")
async def upgrade(world: World) -> None:
    """Neither a web socket nor HTTP/2 opens a tunnel behind the checks."""
    for protocol in ("websocket", "h2c"):
        answer = await world.raw(
            "/v1/me",
            [
                f"Upgrade: {protocol}",
                "Connection: Upgrade, HTTP2-Settings",
                "HTTP2-Settings: AAMA",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                "Sec-WebSocket-Version: 13",
            ],
        )
        demand(answer.status in {400, 401, 403}, f"{answer.status} for {protocol}")
        world.check_silent(answer)
