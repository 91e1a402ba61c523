"""What the OpenAPI document says of a route beside its shape: errors, bodies, who may call."""

from __future__ import annotations

from typing import Any

from ab_shared.contracts.http import ApiError, ApiModel, CredentialsIn, DraftSession, RefreshIn
from ab_shared.contracts.http_mixdowns import MixdownIn
from ab_shared.contracts.http_profile import ProfileIn

BODIES: tuple[type[ApiModel], ...] = (
    *(CredentialsIn, RefreshIn, ProfileIn),
    *(DraftSession, MixdownIn),
)
SCHEMA = "#/components/schemas/"
BEARER = "bearer"
MEANINGS = {
    400: "Some input breaks its rule (VALIDATION_ERROR, INVALID_SESSION_ID)",
    401: "No token, or one that is not believed (UNAUTHORIZED)",
    403: "The plan or the day's limit forbids it (FREE_LIMIT_REACHED, ENTITLEMENT_REQUIRED)",
    404: "It does not exist, or not for this caller (NOT_FOUND, AUDIO_NOT_READY)",
    409: "The thing is in a state that forbids it (CONFLICT)",
    413: "The body is larger than 256 KB (PAYLOAD_TOO_LARGE)",
    422: "The Idempotency-Key was sent before with another body (CONFLICT)",
    429: "Too many requests; see Retry-After (RATE_LIMITED)",
    500: "Something broke on our side (INTERNAL_ERROR, ASSET_ERROR)",
    503: "Not available for a moment; see Retry-After (SERVICE_UNAVAILABLE)",
}
ALWAYS = (429, 500, 503)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route."""
    named = sorted({*statuses, *ALWAYS})
    return {status: {"model": ApiError, "description": MEANINGS[status]} for status in named}


def takes(model: type[ApiModel]) -> dict[str, Any]:
    """The body of a route, which its handler reads itself: after it knows the caller."""
    content = {"application/json": {"schema": {"$ref": SCHEMA + model.__name__}}}
    return {"requestBody": {"required": True, "content": content}}


def secured(*, optional: bool = False) -> dict[str, Any]:
    """That a route wants a bearer token, or takes one."""
    return {"security": [{BEARER: []}, {}] if optional else [{BEARER: []}]}
