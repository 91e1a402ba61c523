"""Clerk's users, through Clerk's own client of its Backend API.

https://clerk.com/docs/reference/backend-api: 1000 requests in 10 s in production, 100 in
development; 429 carries ``Retry-After``. The client's own retries are off: they would go on for an
hour. Whoever asks decides how long it waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import httpx
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime import vendor_metrics
from clerk_backend_api import Clerk, models
from clerk_backend_api.utils import BackoffStrategy, RetryConfig

TIMEOUT = httpx.Timeout(8.0, connect=3.0)
# That bounds each wait; a server that drips bytes would hold a comparison for ever.
WHOLE_SECONDS = 15.0
NOT_FOUND = "resource_not_found"
MAX_AT_ONCE = httpx.Limits(max_connections=4, max_keepalive_connections=2)
NO_RETRIES = RetryConfig("none", BackoffStrategy(0, 0, 1.0, 0), retry_connection_errors=False)
VENDOR, READ_USERS = "clerk", "read_users"
ResultT = TypeVar("ResultT")


class ClerkUsers:
    """Implements ``Directory`` and ``IssuerUsers``; to be closed by whoever made it."""

    def __init__(
        self,
        secret_key: str,
        base_url: str,
        user_prefix: str = "",
        *,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        # No redirects: the key belongs to this address and no other.
        self._http = httpx.AsyncClient(timeout=TIMEOUT, limits=MAX_AT_ONCE, follow_redirects=False)
        self._clerk = Clerk(
            bearer_auth=secret_key,
            server_url=f"{base_url.rstrip('/')}/v1",
            async_client=self._http,
            retry_config=NO_RETRIES,
        )
        self._user_prefix = user_prefix
        self._whole_seconds = whole_seconds

    async def close(self) -> None:
        """Lets go of its connections."""
        await self._http.aclose()

    async def subject_of(self, email: str) -> str | None:
        """As ``Directory.subject_of``: our id; only an address that its owner confirmed counts."""
        wanted = models.GetUserListRequest(email_address=[email], limit=2)
        found = await self._read(self._clerk.users.list_async(request=wanted))
        owners = [user.id for user in found if _has_confirmed(user, email)]
        return self._user_prefix + owners[0] if len(owners) == 1 else None

    async def has(self, subject: str) -> bool:
        """As ``IssuerUsers.has``.

        Not every 404 is a no: a proxy's or a wrong address's does not say what Clerk says.
        """
        try:
            found = await self._read(self._clerk.users.get_async(user_id=subject))
        except _NotThereError:
            return False
        if found.id != subject:
            raise DependencyUnavailable("Clerk answers for somebody else")
        return True

    async def users_page(self, place: int, limit: int) -> Sequence[str]:
        """As ``IssuerUsers.users_page``."""
        wanted = models.GetUserListRequest(limit=limit, offset=place, order_by="+created_at")
        found = await self._read(self._clerk.users.list_async(request=wanted))
        return [user.id for user in found]

    async def _read(self, answer: Awaitable[ResultT]) -> ResultT:
        try:
            with vendor_metrics.calling(VENDOR, READ_USERS):
                async with asyncio.timeout(self._whole_seconds):
                    return await answer
        except models.ClerkErrors as error:
            if error.status_code == httpx.codes.NOT_FOUND and _says_not_found(error):
                raise _NotThereError from None
            raise _unavailable(error) from None
        except models.ClerkBaseError as error:
            raise _unavailable(error) from None
        # Also what its client makes of an answer it can't read, and of addresses that are none.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError, TypeError):
            raise DependencyUnavailable("Clerk does not answer") from None


class _NotThereError(Exception):
    """Clerk says plainly that it has no such user."""


def _says_not_found(error: models.ClerkErrors) -> bool:
    return any(one.code == NOT_FOUND for one in error.data.errors)


def _has_confirmed(user: models.User, email: str) -> bool:
    return any(
        one.email_address.lower() == email and _status_of(one) == "verified"
        for one in user.email_addresses
    )


def _status_of(address: models.EmailAddress) -> str:
    status = getattr(address.verification, "status", "")
    return str(getattr(status, "value", status))


def _unavailable(error: models.ClerkBaseError) -> DependencyUnavailable:
    if error.status_code == httpx.codes.TOO_MANY_REQUESTS:
        seconds = _seconds(error.headers.get("Retry-After"))
        return DependencyUnavailable("Clerk asks for a rest", details={"retry_after": seconds})
    # The body is not repeated: it may hold what somebody typed.
    return DependencyUnavailable(f"Clerk answers {error.status_code}")


def _seconds(value: str | None) -> float:
    # Retry-After may also be a date (RFC 9110): a second is right for what can't be read.
    try:
        number = float(value or "")
    except ValueError:
        return 1.0
    return number if 0 <= number < float("inf") else 1.0
