"""How any vendor's addresses fail: busy, broken, silent, slow, cut off, huge, or otherwise odd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response, StreamingResponse

BUSY = 429
KINDS = ("well", "busy", "status", "delay", "hang", "cut", "torn", "empty", "html", "huge")
# A hang ends when the client leaves, or for good measure after this long.
HANG_SECONDS = 120.0
FILLING = b" " * (2 * 1024 * 1024)


@dataclass
class Fault:
    """Something that goes wrong ``times`` times, at one address where a vendor has several.

    ``well`` goes right: it keeps a fault waiting for so many requests. ``code`` is the vendor's own
    name for what is wrong, where its errors have one.
    """

    kind: str
    where: str = ""
    times: int = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: str | None = "1"
    code: str | None = None
    backoff_ms: int | None = 1000


Wording = Callable[[Fault], Any]
"""What a vendor says when a request is one too many (``busy``) or fails (``status``)."""


@dataclass
class Faults:
    """What goes wrong next, in the order it was asked for; ``more`` kinds are the vendor's own."""

    more: tuple[str, ...] = ()
    waiting: list[Fault] = field(default_factory=list)

    def add(self, kind: str, where: str = "", **given: Any) -> None:
        """Plans a fault; ValueError for a kind nobody knows."""
        known = (*KINDS, *self.more)
        if kind not in known:
            raise ValueError(f"no such fault, only {', '.join(known)}")
        self.waiting.append(Fault(kind, where, **given))

    def next(self, where: str = "") -> Fault | None:
        """The fault of this request, if it has one."""
        for fault in self.waiting:
            if fault.where == where:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return None if fault.kind == "well" else fault
        return None


async def spoil(fault: Fault, answer: Response, wording: Wording) -> Response:
    """The answer as it comes out with a fault."""
    if fault.kind in {"delay", "hang"}:
        await asyncio.sleep(HANG_SECONDS if fault.kind == "hang" else fault.seconds)
        return answer
    if fault.kind in {"busy", "status"}:
        busy = fault.kind == "busy"
        wait = fault.retry_after if busy else None
        headers = {} if wait is None else {"Retry-After": wait}
        return JSONResponse(wording(fault), BUSY if busy else fault.status, headers)
    body, kind = bytes(answer.body), answer.headers.get("content-type", "")
    if fault.kind == "torn":
        promised = {"Content-Length": str(len(body)), "Content-Type": kind}
        return StreamingResponse(_half(body), headers=promised)
    if fault.kind == "html":
        page = "<html>A proxy knows no such page</html>"
        return Response(page, fault.status, media_type="text/html")
    bodies = {
        "cut": body[: len(body) // 2],
        "empty": {b"[": b"[]", b"{": b"{}"}.get(body[:1], b""),
        "huge": body + FILLING,
    }
    return Response(bodies[fault.kind], headers={"Content-Type": kind})


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
