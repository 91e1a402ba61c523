"""Around every request: its ids and headers outside, its bounds inside. Plain ASGI, for speed."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import cache
from itertools import product

from ab_shared.errors import DeadlineExceeded, PayloadTooLarge
from ab_shared.runtime.context import Context, bound
from ab_shared.runtime.logs import hashed
from ab_shared.runtime.telemetry import exemplar
from prometheus_client import Gauge, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ab_gateway.entrypoints.http import errors
from ab_gateway.entrypoints.http.dressing import Dressing
from ab_gateway.entrypoints.http.trail import (
    LIGHTS,
    Trail,
    begin,
    header_of,
    method_of,
    route_of,
    trail_of,
)

REQUEST_SECONDS = 15.0
# As nginx counts a client that closed before its answer; never sent.
CLIENT_LEFT = 499
# 50 lines of 500 characters are 100 KB of UTF-8 at the most.
MAX_BODY_BYTES = 256 * 1024
# 0.3: what a playback bundle may take by its SLO.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5, 5, 10, 15)

DURATION = Histogram(
    "http_server_request_duration_seconds",
    "Time to the end of an answer; event streams are left out.",
    ("http_request_method", "http_route", "http_response_status_code"),
    buckets=BUCKETS,
)
# What deploy/prometheus/slo.md promises. A series that begins with its first failure hides it: an
# increase is what has come since the look before.
PROMISED = (
    ("POST", "/sessions"),
    ("POST", "/sessions/{session_id}/ensure-audio"),
    ("GET", "/sessions/{session_id}/playback-bundle"),
)
FAILURES = (500, 503)
IN_WORK = Gauge("http_server_active_requests", "Requests whose answer has not begun.")
logger = logging.getLogger("ab.gateway")


class RequestTrail:
    """Gives a request its ids and context, its answer the headers that all have, and a log line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, with its trail bound around it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trail = begin(scope, header_of(scope, b"x-request-id"))
        answer = Dressing(scope, trail, send)
        deadline = time.time() + REQUEST_SECONDS
        with bound(Context(request_id=trail.request_id, deadline=deadline)):
            try:
                await self.app(scope, receive, answer.send)
            finally:
                _record(scope, trail, streamed=answer.streamed)


def _record(scope: Scope, trail: Trail, *, streamed: bool) -> None:
    seconds = time.perf_counter() - trail.started
    route = route_of(scope)
    if not streamed:
        _duration(method_of(scope), route, trail.status).observe(seconds, exemplar())
    fields: dict[str, object] = {
        "method": scope["method"],
        "route": route,
        "status": trail.status,
        "ms": round(seconds * 1000, 2),
    }
    if trail.user_id is not None:
        fields["user"] = hashed(trail.user_id)
    if trail.echoed != trail.request_id:
        fields["client_request_id"] = trail.echoed
    if logger.isEnabledFor(logging.INFO):
        # As logger.info does, but for its search through the stack for where it was called.
        record = logger.makeRecord(
            logger.name, logging.INFO, __file__, 0, "request", (), None, extra=fields
        )
        logger.handle(record)


# A few routes, methods and statuses: looking up their series costs more than counting.
@cache
def _duration(method: str, route: str, status: int) -> Histogram:
    return DURATION.labels(method, route, str(status))


def expect_failures() -> None:
    """Shows how often what is promised has failed: never, as yet."""
    for (method, route), status in product(PROMISED, FAILURES):
        _duration(method, route, status)


@dataclass(slots=True)
class Crowd:
    """How many requests are in work, and how many may be."""

    most: int
    in_work: int = 0


class Guard:
    """Bounds a request: how many at once, how long, how many bytes.

    What breaks becomes an ApiError. Once an answer has begun only the bytes still count.
    """

    def __init__(
        self,
        app: ASGIApp,
        crowd: Crowd,
        seconds: float = REQUEST_SECONDS,
        most_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.app = app
        self._crowd = crowd
        self._seconds = seconds
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or its refusal."""
        if scope["type"] != "http" or scope["path"] in LIGHTS:
            # The light says that the process is there: least of all in a crowd may it go out.
            await self.app(scope, receive, send)
        elif self._crowd.in_work >= self._crowd.most:
            await errors.too_busy()(scope, receive, send)
        elif self._too_long(scope):
            await errors.refusal(_too_large())(scope, receive, send)
        else:
            await self._bounded(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False
        body = _Body(receive, self._most_bytes)
        self._count(1)

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and not begun:
                # An answer that has begun may take its time: it can be an event stream.
                begun = True
                self._count(-1)
                limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await self.app(scope, body.receive, sending)
        except ClientDisconnect:
            # Nobody reads an answer; the log line and the metrics say whose doing it was.
            trail_of(scope).status = CLIENT_LEFT
        except TimeoutError:
            if begun:
                raise
            ours = errors.refusal(DeadlineExceeded("request"))
            await (errors.too_slow() if body.awaited else ours)(scope, receive, send)
        except Exception as error:
            if begun:
                raise
            await errors.failed(error)(scope, receive, send)
        finally:
            if not begun:
                self._count(-1)

    def _count(self, change: int) -> None:
        self._crowd.in_work += change
        IN_WORK.inc(change)

    def _too_long(self, scope: Scope) -> bool:
        declared = header_of(scope, b"content-length") or "0"
        return not declared.isdecimal() or int(declared) > self._most_bytes


class _Body:
    """A request's body as it comes; ``awaited`` while the client still owes some of it."""

    def __init__(self, receive: Receive, most_bytes: int) -> None:
        self._receive = receive
        self._most_bytes = most_bytes
        self._taken = 0
        self._whole = False
        self.awaited = False

    async def receive(self) -> Message:
        # Behind the body comes only the end of the connection, which nobody owes.
        self.awaited = not self._whole
        message = await self._receive()
        self.awaited = False
        self._whole = not message.get("more_body", False)
        # Counted as they come: a declared length can be missing or made up.
        self._taken += len(message.get("body", b""))
        if self._taken > self._most_bytes:
            raise _too_large()
        return message


def _too_large() -> PayloadTooLarge:
    kilobytes = MAX_BODY_BYTES // 1024
    return PayloadTooLarge(f"A body must be at most {kilobytes} KB")
