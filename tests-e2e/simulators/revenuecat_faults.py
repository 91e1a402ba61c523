"""How a vendor's REST API fails: busy, slow, broken, cut off, or with an old answer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import JSONResponse, Response

BUSY = 429
KINDS = ("busy", "status", "delay", "malformed", "cut", "empty", "huge", "ahead")


@dataclass
class Fault:
    """Something that goes wrong ``times`` times."""

    kind: str
    times: int = 1
    status: int = 503
    seconds: float = 0.0
    retry_after: str | None = "1"
    backoff_ms: int | None = 1000


@dataclass
class Faults:
    """What goes wrong next, in the order it was asked for."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, kind: str, **given: Any) -> None:
        """Plans a fault; ValueError for a kind nobody knows."""
        if kind not in KINDS:
            raise ValueError(f"no such fault, only {', '.join(KINDS)}")
        self.waiting.append(Fault(kind, **given))

    def next(self) -> Fault | None:
        """The fault of this request, if it has one."""
        if not self.waiting:
            return None
        fault = self.waiting[0]
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.pop(0)
        return fault


async def spoil(fault: Fault, document: dict[str, Any]) -> Response:
    """The answer as it comes out with a fault."""
    text = json.dumps(document)
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return JSONResponse(document)
    if fault.kind == "busy":
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        body = {"code": 7638, "message": "Rate limited", "backoff_ms": fault.backoff_ms}
        return JSONResponse(body, BUSY, headers)
    if fault.kind == "ahead":
        shifted = document["request_date_ms"] + int(fault.seconds * 1000)
        return JSONResponse(document | {"request_date_ms": shifted})
    bodies = {
        "status": '{"code": 7000, "message": "Internal error"}',
        "malformed": text.replace('"entitlements"', '"entitlement"'),
        "cut": text[: len(text) // 2],
        "empty": "{}",
        "huge": text + " " * (2 * 1024 * 1024),
    }
    status = fault.status if fault.kind == "status" else 200
    return Response(bodies[fault.kind], status, media_type="application/json")
