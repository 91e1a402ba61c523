"""The tree is what its drawing says, and every class speaks the app's language."""

from __future__ import annotations

import re

import pytest
from ab_shared import errors
from ab_shared.errors import (
    AbError,
    Conflict,
    ErrorCode,
    KeyReused,
    PermanentError,
    RemoteFailure,
    RequestRefused,
    TransientError,
    all_errors,
    error_named,
)

# The table that installed apps were built against.
STATUSES = {
    "VALIDATION_ERROR": 400,
    "INVALID_SESSION_ID": 400,
    "UNAUTHORIZED": 401,
    "ENTITLEMENT_REQUIRED": 403,
    "FREE_LIMIT_REACHED": 403,
    "FORBIDDEN": 403,
    "SESSION_TOO_LONG": 403,
    "NOT_FOUND": 404,
    "AUDIO_NOT_READY": 404,
    "CONFLICT": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "RATE_LIMITED": 429,
    "ASSET_ERROR": 500,
    "INTERNAL_ERROR": 500,
    "SERVICE_UNAVAILABLE": 503,
}
CODES = {
    "TransientError": "SERVICE_UNAVAILABLE",
    "AudioRejected": "ASSET_ERROR",
    "ObjectMissing": "ASSET_ERROR",
    "RequestRefused": "VALIDATION_ERROR",
    "InvalidSessionId": "INVALID_SESSION_ID",
    "Unauthorized": "UNAUTHORIZED",
    "Forbidden": "FORBIDDEN",
    "EntitlementRequired": "ENTITLEMENT_REQUIRED",
    "FreeLimitReached": "FREE_LIMIT_REACHED",
    "SessionTooLong": "SESSION_TOO_LONG",
    "NotFound": "NOT_FOUND",
    "AudioNotReady": "AUDIO_NOT_READY",
    "Conflict": "CONFLICT",
    "PayloadTooLarge": "PAYLOAD_TOO_LARGE",
    "RateLimited": "RATE_LIMITED",
}
INDENT = 4
ROW = re.compile(r"(?P<lead>(?:[│ ] {3})*)(?:[├└]── )?(?P<chain>[A-Z]\w+(?: ── [A-Z]\w+)*)")
OURS = tuple(found for found in all_errors() if found.__module__ == errors.__name__)


def drawn() -> set[tuple[str, str]]:
    """Child and parent of every branch in the drawing."""
    rows = (errors.__doc__ or "").split("::\n")[1].splitlines()
    above: list[str] = []
    found: set[tuple[str, str]] = set()
    for row in filter(str.strip, rows):
        match = ROW.match(row.removeprefix(" " * INDENT))
        assert match, row
        depth = len(match["lead"]) // INDENT + ("── " in row.split(match["chain"])[0])
        del above[depth:]
        for name in match["chain"].split(" ── "):
            found.add((name, above[-1] if above else "Exception"))
            above.append(name)
    return found


def named(error: type[AbError]) -> str:
    return error.__name__


def test_the_drawing_is_the_tree() -> None:
    tree = {(cls.__name__, cls.__bases__[0].__name__) for cls in OURS}
    assert drawn() == tree
    assert len(tree) == len(OURS)


def test_the_codes_are_those_of_the_app() -> None:
    assert {code.value for code in ErrorCode} == STATUSES.keys()


@pytest.mark.parametrize("error", OURS, ids=named)
def test_a_code_has_one_status(error: type[AbError]) -> None:
    assert error.status == (422 if error is KeyReused else STATUSES[error.code])


@pytest.mark.parametrize("error", OURS, ids=named)
def test_a_class_has_the_code_of_its_branch(error: type[AbError]) -> None:
    line = [cls.__name__ for cls in error.__mro__]
    wanted = next((CODES[name] for name in line if name in CODES), "INTERNAL_ERROR")
    assert error.code == wanted


@pytest.mark.parametrize("error", OURS, ids=named)
def test_the_branch_says_who_can_help(error: type[AbError]) -> None:
    assert issubclass(error, RequestRefused) == (400 <= error.status < 500)
    assert issubclass(error, TransientError) == (error.status == 503)
    branches = (TransientError, PermanentError, errors.FatalError)
    assert error is AbError or sum(issubclass(error, branch) for branch in branches) == 1


@pytest.mark.parametrize("error", OURS, ids=named)
def test_a_name_leads_back_to_its_class(error: type[AbError]) -> None:
    assert error_named(error.__name__) is error


@pytest.mark.parametrize("name", ["", "KeyError", "conflict", "SystemExit"])
def test_a_name_nobody_knows_is_a_remote_failure(name: str) -> None:
    assert error_named(name) is RemoteFailure


def test_details_are_a_copy() -> None:
    given = {"line": 3}
    error = Conflict("Line 3 is in use", details=given)
    given["line"] = 4
    assert (str(error), error.message, error.details) == (*["Line 3 is in use"] * 2, {"line": 3})
    assert AbError("x").details == {}
