"""How RevenueCat's REST API fails, in its own words, or with an old or a renamed answer."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import JSONResponse, Response

from simulators import faults
from simulators.faults import Fault, Faults

MORE = ("malformed", "ahead")


def plan() -> Faults:
    """Nothing that goes wrong yet."""
    return Faults(MORE)


async def spoil(fault: Fault, document: dict[str, Any]) -> Response:
    """The answer as it comes out with a fault."""
    if fault.kind == "ahead":
        shifted = document["request_date_ms"] + int(fault.seconds * 1000)
        return JSONResponse(document | {"request_date_ms": shifted})
    if fault.kind == "malformed":
        text = json.dumps(document).replace('"entitlements"', '"entitlement"')
        return Response(text, media_type="application/json")
    return await faults.spoil(fault, JSONResponse(document), _wording)


def _wording(fault: Fault) -> dict[str, Any]:
    if fault.kind == "busy":
        return {"code": 7638, "message": "Rate limited", "backoff_ms": fault.backoff_ms}
    return {"code": 7000, "message": "Internal error"}
