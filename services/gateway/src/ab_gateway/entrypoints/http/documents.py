"""What the OpenAPI document says of a route beside its shape: errors, bodies, who may call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ab_shared import errors
from ab_shared.contracts.http import (
    ApiError,
    ApiModel,
    CredentialsIn,
    DraftSession,
    LogoutIn,
    RefreshIn,
)
from ab_shared.contracts.http_admin import CorrectQuotaIn, FindUserIn, GrantIn, ReasonIn
from ab_shared.contracts.http_admin_numbers import RollUpIn
from ab_shared.contracts.http_admin_sessions import MustSayWhyIn, RebuildIn
from ab_shared.contracts.http_affirmations import TitleWishIn, WishIn
from ab_shared.contracts.http_library import DuplicateIn, EditIn, ShareIn
from ab_shared.contracts.http_listening import ListeningIn, RecordedBatchIn
from ab_shared.contracts.http_mixdowns import MixdownIn
from ab_shared.contracts.http_moderation import DecideIn, DecideManyIn
from ab_shared.contracts.http_notices import PushTokenIn
from ab_shared.contracts.http_profile import ProfileIn
from ab_shared.contracts.http_programs import CompleteDayIn, DayIn, EnrolIn
from ab_shared.contracts.http_prompts import PromptPreviewIn, PromptVersionIn, RolloutIn
from ab_shared.contracts.http_selves import (
    CurationPreferencesIn,
    PreferencesIn,
    StruggleIn,
    ValuesIn,
)
from ab_shared.errors import AbError

BODIES: tuple[type[ApiModel], ...] = (
    *(CredentialsIn, RefreshIn, LogoutIn, ProfileIn),
    *(ValuesIn, StruggleIn, PreferencesIn, CurationPreferencesIn),
    *(EnrolIn, CompleteDayIn, DayIn),
    *(DraftSession, WishIn, TitleWishIn, MixdownIn, PushTokenIn),
    *(EditIn, DuplicateIn, ShareIn),
    *(ListeningIn, RecordedBatchIn),
    *(GrantIn, ReasonIn, FindUserIn, CorrectQuotaIn),
    *(MustSayWhyIn, RebuildIn, RollUpIn),
    *(PromptVersionIn, RolloutIn, PromptPreviewIn),
    *(DecideIn, DecideManyIn),
)
SCHEMA = "#/components/schemas/"
BEARER, API_KEY = "bearer", "apiKey"
BUSY = "This is not available right now, please try again in a moment"
UNSIGNED = "Sign in first: this needs a bearer token"
REQUEST_ID = "qLxTnWcVbZpRsKdM"
MEANINGS = {
    304: "What If-None-Match names is still what there is",
    400: "Some input breaks its rule",
    401: "No token, or one that is not believed",
    403: "The plan, the day's limit or the caller's rights forbid it",
    404: "It does not exist, or not for this caller",
    409: "The thing is in a state that forbids it",
    413: "The body is larger than 256 KB",
    422: "The Idempotency-Key was sent before with another body",
    429: "Too many requests; see Retry-After",
    500: "Something broke on our side",
    503: "Not available for a moment; see Retry-After",
}
# What each refusal says, where a route does not say it otherwise: message and details.
SAID: dict[type[AbError], tuple[str, dict[str, str] | None]] = {
    errors.ValidationFailed: ("Some fields are not valid", {"title": "is missing"}),
    errors.InvalidSessionId: ("The session id is not a UUID", None),
    errors.Unauthorized: (UNSIGNED, None),
    errors.Forbidden: ("This is not yours to do", None),
    errors.EntitlementRequired: ("This is part of the Pro plan", None),
    errors.FreeLimitReached: ("All generations of today are used", None),
    errors.SessionTooLong: ("Your plan holds fewer lines in one session", None),
    errors.NotFound: ("There is no such thing", None),
    errors.AudioNotReady: ("The audio of this session is not ready yet", None),
    errors.Conflict: ("This cannot be done any more", None),
    errors.KeyReused: ("This Idempotency-Key was used with another body", None),
    errors.PayloadTooLarge: ("A body must be at most 256 KB", None),
    errors.RateLimited: ("Too many requests, please wait", None),
    errors.AbError: ("Something went wrong on our side", None),
    errors.TransientError: (BUSY, None),
}
# What a bare status stands for.
PLAIN: dict[int, type[AbError]] = {
    400: errors.ValidationFailed,
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    413: errors.PayloadTooLarge,
    422: errors.KeyReused,
    429: errors.RateLimited,
    500: errors.AbError,
    503: errors.TransientError,
}
ALWAYS = (429, 500, 503)
PLANS = (errors.FreeLimitReached, errors.EntitlementRequired, errors.SessionTooLong)
"""How a plan refuses a generation."""


def refusals(*named: int | type[AbError]) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, by their classes; a bare status is its plainest class."""
    classes = [PLAIN[one] if isinstance(one, int) else one for one in (*named, *ALWAYS)]
    statuses = sorted({one.status for one in classes})
    return {
        status: _refusal(status, [c for c in classes if c.status == status]) for status in statuses
    }


def _refusal(status: int, classes: Iterable[type[AbError]]) -> dict[str, Any]:
    examples = {one.code.value: {"value": error_body(one)} for one in classes}
    content = {"application/json": {"examples": examples}}
    codes = ", ".join(examples)
    return {"model": ApiError, "description": f"{MEANINGS[status]} ({codes})", "content": content}


def error_body(error: type[AbError]) -> dict[str, Any]:
    """An error as its body looks."""
    message, details = SAID[error]
    body = ApiError(code=error.code, message=message, details=details, request_id=REQUEST_ID)
    return body.model_dump(mode="json")


def unchanged() -> dict[int | str, dict[str, Any]]:
    """That a route answers 304 to whoever names its ETag."""
    return {304: {"description": MEANINGS[304]}}


def takes(model: type[ApiModel], *, required: bool = True) -> dict[str, Any]:
    """The body of a route, which its handler reads itself: after it knows the caller."""
    content = {"application/json": {"schema": {"$ref": SCHEMA + model.__name__}}}
    return {"requestBody": {"required": required, "content": content}}


def secured(*, optional: bool = False) -> dict[str, Any]:
    """That a route wants a bearer token or an API key, or takes one."""
    known: list[dict[str, list[str]]] = [{BEARER: []}, {API_KEY: []}]
    return {"security": [*known, {}] if optional else known}
