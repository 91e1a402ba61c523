"""How Clerk's addresses (``jwks`` and ``api``) fail, in its own words."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from simulators import faults
from simulators.faults import Fault, Faults

MORE = ("redirect",)


def plan() -> Faults:
    """Nothing that goes wrong yet."""
    return Faults(MORE)


async def spoil(fault: Fault, document: Any) -> Response:
    """The answer as it comes out with a fault."""
    if fault.kind == "redirect":
        return Response(status_code=302, headers={"Location": "http://127.0.0.1:9/elsewhere"})
    return await faults.spoil(fault, JSONResponse(document), _wording)


def _wording(fault: Fault) -> dict[str, Any]:
    if fault.kind == "busy":
        return errors("too_many_requests", "Too many requests")
    return errors("internal_clerk_error", "Oops")


def errors(code: str, message: str) -> dict[str, Any]:
    """What Clerk says when it does not do as it is asked."""
    error = {"message": message, "long_message": message, "code": code, "meta": {}}
    return {"errors": [error], "clerk_trace_id": "0a1b2c"}
