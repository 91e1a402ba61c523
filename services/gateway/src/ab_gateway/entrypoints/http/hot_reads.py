"""What apps ask for all day, answered before the framework is entered.

The routes stand in their modules as well, for the document and for whatever comes with a query;
they answer the same, which a test compares.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ab_shared.contracts.http import Health
from ab_shared.errors import AbError
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ab_gateway.domain.paging import DEFAULT_LIMIT
from ab_gateway.domain.rendered import Rendered
from ab_gateway.entrypoints.http.answers import ReadyAnswer, parse_session_id
from ab_gateway.entrypoints.http.errors import on_ab_error
from ab_gateway.entrypoints.http.parts import known_caller, maybe_caller, parts_of

SESSION = re.compile(r"(?:/v1)?/sessions/([0-9a-fA-F-]{36})")


@dataclass(frozen=True, slots=True)
class HotRead:
    """A route; ``path`` is its template, as logs, metrics and scopes of keys know it."""

    path: str
    endpoint: Callable[[Request], Awaitable[ASGIApp]]


LIGHT = ReadyAnswer(Health().model_dump_json().encode())


async def _health(_request: Request) -> ASGIApp:
    return LIGHT


def _ready(found: Rendered) -> ReadyAnswer:
    return ReadyAnswer(found.body, found.etag)


async def _entitlement(request: Request) -> ASGIApp:
    caller = await known_caller(await maybe_caller(request))
    zone = request.headers.get("x-timezone")
    return _ready(await parts_of(request).read_entitlement(caller, zone))


async def _list(request: Request) -> ASGIApp:
    caller = await maybe_caller(request)
    return _ready(await parts_of(request).list_sessions(caller, DEFAULT_LIMIT, 0))


async def _session(request: Request) -> ASGIApp:
    caller = await maybe_caller(request)
    session_id = parse_session_id(request.path_params["session_id"])
    return _ready(await parts_of(request).read_session(caller, session_id))


FIXED = {
    prefix + path: HotRead(path, endpoint)
    for prefix in ("", "/v1")
    for path, endpoint in (
        ("/health", _health),
        ("/me/entitlement", _entitlement),
        ("/sessions", _list),
    )
}
ONE_SESSION = HotRead("/sessions/{session_id}", _session)


async def answer_hot_read(scope: Scope, receive: Receive, send: Send) -> None:
    """The application behind ``hot_read``: answers the route that it found."""
    request = Request(scope, receive)
    response: ASGIApp
    try:
        response = await scope["route"].endpoint(request)
    except AbError as error:
        response = await on_ab_error(request, error)
    await response(scope, receive, send)


def hot_read(scope: Scope) -> HotRead | None:
    """The hot read that a request is, if it is one."""
    if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
        return None
    path = scope["path"]
    fixed = FIXED.get(path)
    if fixed is not None:
        return fixed
    one = SESSION.fullmatch(path)
    if one is None:
        return None
    scope["path_params"] = {"session_id": one[1]}
    return ONE_SESSION
