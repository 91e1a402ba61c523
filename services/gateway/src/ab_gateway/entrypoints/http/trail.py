"""What is learned about a request on its way: for headers, its log line and metrics."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from ab_shared.runtime.context import new_request_id
from starlette.types import Scope

from ab_gateway.domain.rates import Allowance
from ab_gateway.entrypoints.http.wording import is_safe_id

KEY = "ab.trail"
LIGHTS = frozenset({"/health", "/v1/health"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SHOWABLE = re.compile(r"[A-Za-z0-9._-]{1,128}")
LETTERS = re.compile(r"[A-Za-z]{8,64}")


@dataclass(slots=True)
class Trail:
    """One request.

    ``request_id`` is letters only, as bodies need it; ``echoed`` is what the client called the
    request, where that is safe to repeat.
    """

    request_id: str
    echoed: str
    started: float = field(default_factory=time.perf_counter)
    status: int = 500
    user_id: str | None = None
    allowance: Allowance | None = None


def begin(scope: Scope, sent_id: str | None) -> Trail:
    """Starts the trail of a request, taking over the client's own request id if it is sane."""
    own = sent_id if sent_id and _fits_bodies(sent_id) else new_request_id()
    echoed = sent_id if sent_id and SHOWABLE.fullmatch(sent_id) else own
    trail = Trail(request_id=own, echoed=echoed)
    scope[KEY] = trail
    return trail


def _fits_bodies(sent_id: str) -> bool:
    return bool(LETTERS.fullmatch(sent_id)) and is_safe_id(sent_id)


def trail_of(scope: Scope) -> Trail:
    """The trail of this request."""
    found = scope[KEY]
    if not isinstance(found, Trail):
        raise TypeError("a request without a trail")
    return found


def header_of(scope: Scope, name: bytes) -> str | None:
    """A header as it was sent; the first where there are several. ``name`` in lower case."""
    for held, value in scope["headers"]:
        if held == name:
            return bytes(value).decode("latin-1")
    return None


def method_of(scope: Scope) -> str:
    """The request's method, one of few."""
    return scope["method"] if scope["method"] in METHODS else "_OTHER"


def route_of(scope: Scope) -> str:
    """The template of the route, the same with and without its prefix; few values on purpose."""
    path = getattr(scope.get("route"), "path", None)
    return str(path).removeprefix("/v1") if path else "unknown"
