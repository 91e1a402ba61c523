"""The one place where what an S3 client raises becomes an error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from ab_shared.errors import (
    AbError,
    DependencyUnavailable,
    ObjectMissing,
    PermanentError,
    TransientError,
)

CLIENT_ERRORS = (BotoCoreError, ClientError, aiohttp.ClientError, OSError)
"""All that the client, its transport and its body reader raise."""

# Error codes of the Amazon S3 API reference; HEAD has no body, hence the bare numbers.
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
TAKEN = frozenset({"PreconditionFailed", "412"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "ThrottlingException", "TooManyRequests"})
_CONFLICT = frozenset({"ConditionalRequestConflict", "OperationAborted", "409"})
_SERVER_ERROR = 500


def code_of(error: ClientError) -> str:
    """The S3 error code of an answer."""
    return error.response.get("Error", {}).get("Code", "")


def translated(error: Exception, key: str) -> AbError:
    """Our error for this one; the message never holds a URL."""
    details = {"key": key, "cause": type(error).__name__}
    if not isinstance(error, ClientError):
        if isinstance(error, NoCredentialsError):
            return PermanentError("There are no credentials for the object store", details=details)
        return DependencyUnavailable("The object store does not answer", details=details)
    code = code_of(error)
    details["cause"] = code
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in MISSING:
        return ObjectMissing("The object store holds no such object", details=details)
    if code in _BUSY or status >= _SERVER_ERROR:
        return DependencyUnavailable("The object store is busy", details=details)
    if code in _CONFLICT:
        return TransientError("Somebody else is writing this object", details=details)
    return PermanentError("The object store refuses this", details=details)


@contextmanager
def mapped(key: str) -> Iterator[None]:
    """Raises our errors in place of ``CLIENT_ERRORS``."""
    try:
        yield
    except CLIENT_ERRORS as error:
        raise translated(error, key) from error
