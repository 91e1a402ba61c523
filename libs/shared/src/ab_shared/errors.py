"""One tree of errors for every service, with stable codes.

::

    AbError
    ├── TransientError          climbs the retry ladder; 503 to a caller
    │   ├── DependencyUnavailable
    │   ├── DeadlineExceeded
    │   ├── Overloaded
    │   └── Unroutable
    ├── PermanentError          trying again cannot help: dead letter, 500
    │   ├── InvalidMessage
    │   ├── AudioRejected
    │   ├── ObjectMissing
    │   ├── RemoteFailure
    │   └── RequestRefused      the caller can mend it: 4xx
    │       ├── ValidationFailed ── SpeechRefused
    │       ├── InvalidSessionId
    │       ├── Unauthorized
    │       ├── Forbidden
    │       ├── EntitlementRequired
    │       ├── FreeLimitReached
    │       ├── SessionTooLong
    │       ├── NotFound
    │       ├── AudioNotReady
    │       ├── Conflict ── KeyReused
    │       ├── PayloadTooLarge
    │       └── RateLimited
    └── FatalError              the process must stop
        ├── SettingsInvalid
        └── SchemaOutdated
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, TypeAlias

Detail: TypeAlias = str | int | float | bool | list[str] | None


class ErrorCode(StrEnum):
    """The codes the app sees; they never change their meaning."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    INVALID_SESSION_ID = "INVALID_SESSION_ID"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    ENTITLEMENT_REQUIRED = "ENTITLEMENT_REQUIRED"
    FREE_LIMIT_REACHED = "FREE_LIMIT_REACHED"
    SESSION_TOO_LONG = "SESSION_TOO_LONG"
    NOT_FOUND = "NOT_FOUND"
    AUDIO_NOT_READY = "AUDIO_NOT_READY"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    ASSET_ERROR = "ASSET_ERROR"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"


class AbError(Exception):
    """Base of all: a code for programs, a message for people, details for both."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL_ERROR
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, details: Mapping[str, Detail] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, Detail] = dict(details or {})


class TransientError(AbError):
    """It may work the next time."""

    code = ErrorCode.SERVICE_UNAVAILABLE
    status = 503


class DependencyUnavailable(TransientError):
    """A part this process needs does not answer."""


class DeadlineExceeded(TransientError):
    """The answer did not come in time."""


class Overloaded(TransientError):
    """A bound on waiting work was reached."""


class Unroutable(TransientError):
    """A command for which the broker has no queue: a fault of the deployment, so it is kept."""


class PermanentError(AbError):
    """Trying again cannot help."""


class InvalidMessage(PermanentError):
    """A message that does not fit its contract, or a type nobody knows."""


class AudioRejected(PermanentError):
    """Sound that cannot be used: unreadable, silent, broken or too long."""

    code = ErrorCode.ASSET_ERROR


class ObjectMissing(PermanentError):
    """The object store does not hold what was asked for."""

    code = ErrorCode.ASSET_ERROR


class RemoteFailure(PermanentError):
    """Another service failed in a way it has no name for."""


class RequestRefused(PermanentError):
    """The caller can mend this."""

    code = ErrorCode.VALIDATION_ERROR
    status = 400


class ValidationFailed(RequestRefused):
    """Some input breaks its rule; the details name it."""


class SpeechRefused(ValidationFailed):
    """A text in which nothing can be spoken."""


class InvalidSessionId(RequestRefused):
    """A session id that is not UUID-shaped."""

    code = ErrorCode.INVALID_SESSION_ID


class Unauthorized(RequestRefused):
    """Nobody, or somebody we do not believe."""

    code = ErrorCode.UNAUTHORIZED
    status = 401


class Forbidden(RequestRefused):
    """Known, but not allowed."""

    code = ErrorCode.FORBIDDEN
    status = 403


class EntitlementRequired(RequestRefused):
    """The plan does not hold this."""

    code = ErrorCode.ENTITLEMENT_REQUIRED
    status = 403


class FreeLimitReached(RequestRefused):
    """The day's generations are spent."""

    code = ErrorCode.FREE_LIMIT_REACHED
    status = 403


class SessionTooLong(RequestRefused):
    """More lines than the plan holds."""

    code = ErrorCode.SESSION_TOO_LONG
    status = 403


class NotFound(RequestRefused):
    """It does not exist, or not for this caller."""

    code = ErrorCode.NOT_FOUND
    status = 404


class AudioNotReady(RequestRefused):
    """The session exists, its audio does not yet."""

    code = ErrorCode.AUDIO_NOT_READY
    status = 404


class Conflict(RequestRefused):
    """The thing is in a state that forbids this."""

    code = ErrorCode.CONFLICT
    status = 409


class KeyReused(Conflict):
    """An Idempotency-Key that was sent before with another body."""

    status = 422


class PayloadTooLarge(RequestRefused):
    """More bytes than this route takes."""

    code = ErrorCode.PAYLOAD_TOO_LARGE
    status = 413


class RateLimited(RequestRefused):
    """Too many requests; ``details['retry_after']`` says in how many seconds to return."""

    code = ErrorCode.RATE_LIMITED
    status = 429


class FatalError(AbError):
    """The process must stop."""


class SettingsInvalid(FatalError):
    """Settings that are missing, placeholders or wrong; names every one of them."""


class SchemaOutdated(FatalError):
    """The database is older than this release needs."""


def all_errors(root: type[AbError] = AbError) -> Iterator[type[AbError]]:
    """Every class of the tree, the root first."""
    yield root
    for child in root.__subclasses__():
        yield from all_errors(child)


def error_named(name: str) -> type[AbError]:
    """The class with this name; a name nobody knows is a ``RemoteFailure``."""
    return next((found for found in all_errors() if found.__name__ == name), RemoteFailure)
