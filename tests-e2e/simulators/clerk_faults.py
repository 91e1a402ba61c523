"""How Clerk's addresses fail: busy, broken, silent, slow, huge, or with what was not asked for."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

KINDS = ("busy", "status", "delay", "hang", "cut", "empty", "html", "huge", "redirect")
# A hang ends when the client leaves, or for good measure after this long.
HANG_SECONDS = 120.0
MEGABYTE = 1024 * 1024


@dataclass
class Fault:
    """Something that goes wrong ``times`` times at one address: ``jwks`` or ``api``."""

    where: str
    kind: str
    times: int = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: str | None = "1"


@dataclass
class Faults:
    """What goes wrong next, in the order it was asked for."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, where: str, kind: str, **given: Any) -> None:
        """Plans a fault; ValueError for a kind nobody knows."""
        if kind not in KINDS:
            raise ValueError(f"no such fault, only {', '.join(KINDS)}")
        self.waiting.append(Fault(where, kind, **given))

    def next(self, where: str) -> Fault | None:
        """The fault of this request, if it has one."""
        for fault in self.waiting:
            if fault.where == where:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                return fault
        return None


async def spoil(fault: Fault, document: Any) -> Response:
    """The answer as it comes out with a fault."""
    if fault.kind in {"delay", "hang"}:
        await asyncio.sleep(HANG_SECONDS if fault.kind == "hang" else fault.seconds)
        return JSONResponse(document)
    if fault.kind == "busy":
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        return JSONResponse(errors("too_many_requests", "Too many requests"), 429, headers)
    if fault.kind == "status":
        return JSONResponse(errors("internal_clerk_error", "Oops"), fault.status)
    if fault.kind == "redirect":
        return Response(status_code=302, headers={"Location": "http://127.0.0.1:9/elsewhere"})
    text = json.dumps(document)
    bodies = {
        "cut": text[: len(text) // 2],
        "empty": "[]" if isinstance(document, list) else "{}",
        "html": "<html>A proxy knows no such page</html>",
        "huge": text + " " * MEGABYTE,
    }
    if fault.kind == "html":
        return Response(bodies["html"], fault.status, media_type="text/html")
    return Response(bodies[fault.kind], media_type="application/json")


def errors(code: str, message: str) -> dict[str, Any]:
    """What Clerk says when it does not do as it is asked."""
    error = {"message": message, "long_message": message, "code": code, "meta": {}}
    return {"errors": [error], "clerk_trace_id": "0a1b2c"}
