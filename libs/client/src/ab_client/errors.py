"""What can go wrong between the client and the API."""

from __future__ import annotations

from ab_shared.contracts.http import ApiError


class ClientError(Exception):
    """Base of what the client raises."""


class ApiUnreachable(ClientError):
    """No answer came: nothing listens there, or it took too long."""


class ApiRefusal(ClientError):
    """The API answered with an error; ``error`` is its body.

    ``retry_after``: how many seconds the API asks to wait before the same request is sent again.
    """

    def __init__(self, status: int, error: ApiError, retry_after: float | None = None) -> None:
        super().__init__(f"{status} {error.code}: {error.message}")
        self.status = status
        self.error = error
        self.retry_after = retry_after


class UnexpectedAnswer(ClientError):
    """An answer that does not fit the contract."""


class JobFailed(ClientError):
    """The audio job ended without a track; the message is the job's reason."""


class DownloadFailed(ClientError):
    """A signed URL did not give the whole file."""
