"""Every refusal and failure as an ApiError."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from ab_shared.contracts.http import ApiError
from ab_shared.errors import (
    AbError,
    AudioRejected,
    NotFound,
    ObjectMissing,
    Overloaded,
    PayloadTooLarge,
    RateLimited,
    RequestRefused,
    TransientError,
    ValidationFailed,
)
from ab_shared.runtime.context import current
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer
from ab_gateway.entrypoints.http.described import methods_at
from ab_gateway.entrypoints.http.parts import counted_address
from ab_gateway.entrypoints.http.wording import complaints, details_of, is_safe

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]
logger = logging.getLogger("ab.gateway")
BUSY = "This is not available right now, please try again in a moment"
REFUSED = "This request can't be done as it is"
BROKEN = "Something went wrong on our side"
NO_SOUND = "The audio could not be made or found"
# Connections come back within a second of their broker or database.
RETRY_SECONDS = 2


def refusal(error: AbError) -> Response:
    """The answer for an error: what the caller can mend is told, what is ours is not."""
    details = details_of(error) if isinstance(error, RequestRefused) else {}
    body = ApiError(
        code=error.code,
        message=_told(error),
        details=details or None,
        request_id=current().request_id,
    )
    return answer(body, error.status, _headers(error))


def _told(error: AbError) -> str:
    if isinstance(error, RequestRefused):
        return error.message if is_safe(error.message) else REFUSED
    if isinstance(error, TransientError):
        return BUSY
    return NO_SOUND if isinstance(error, AudioRejected | ObjectMissing) else BROKEN


def _headers(error: AbError) -> dict[str, str]:
    if error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    always = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    if error.status in always or "retry_after" in error.details:
        return {"Retry-After": str(error.details.get("retry_after", RETRY_SECONDS))}
    return {}


async def on_ab_error(_request: Request, error: Exception) -> Response:
    """Any error of ours."""
    known = error if isinstance(error, AbError) else AbError("unknown")
    if not isinstance(known, RequestRefused):
        logger.warning(
            "a request failed", extra={"error": type(known).__name__, "reason": known.message}
        )
    return refusal(known)


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the framework refuses: unknown routes, wrong methods, bodies that can't be read."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    # FastAPI has words of its own; the app knows ApiError only.
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        # No route, and so nobody who counts: whoever tries addresses is slowed down as one.
        try:
            await counted_address(request)
        except RateLimited as beyond:
            return refusal(beyond)
    if status == HTTPStatus.NOT_FOUND:
        return refusal(NotFound("There is nothing at this address"))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        body = refusal(ValidationFailed("This address does not take this method"))
        body.status_code = status
        body.headers.update(getattr(error, "headers", None) or {})
        # The framework names the methods of the first route at this address only.
        if allowed := methods_at(request.url.path, request.app.openapi()):
            body.headers["Allow"] = ", ".join(allowed)
        return body
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return refusal(PayloadTooLarge("The body is too large"))
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return refusal(ValidationFailed("The request can't be read"))
    return refusal(AbError("framework"))


async def on_invalid(_request: Request, error: Exception) -> Response:
    """Query parameters that break their rule."""
    rows = error.errors() if isinstance(error, RequestValidationError) else []
    # FastAPI puts the place before the name: query, path, header.
    wrong = complaints({**row, "loc": row["loc"][1:]} for row in rows)
    return refusal(ValidationFailed("Some parameters are not valid", details=wrong))


def too_slow() -> Response:
    """A body that did not come in time; what still comes of it is not waited for."""
    body = refusal(ValidationFailed("The body did not arrive in time"))
    body.status_code = HTTPStatus.REQUEST_TIMEOUT
    body.headers["Connection"] = "close"
    return body


def too_busy() -> Response:
    """One request too many at once."""
    return refusal(Overloaded("busy"))


def failed(error: Exception) -> Response:
    """An error nobody has a name for; its stack goes to the log and nowhere else."""
    logger.error("a request broke", exc_info=error)
    return refusal(AbError("unknown"))


HANDLERS: dict[int | type[Exception], Handler] = {
    AbError: on_ab_error,
    HTTPException: on_http_error,
    RequestValidationError: on_invalid,
}
