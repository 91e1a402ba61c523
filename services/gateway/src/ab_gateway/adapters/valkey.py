"""What all gateway processes share, in Valkey (or Redis from 7.0): snapshots, counts.

Revoked tokens as well: whoever starts later was not there to hear of them.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import valkey.asyncio as driver
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import DependencyUnavailable
from valkey.exceptions import ValkeyError

from ab_gateway.adapters.shared_limiter import SharedLimiter
from ab_gateway.domain.identity import Verified
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Wish
from ab_gateway.domain.revocations import Revocation

# No retry: every caller has a way to go on without, and goes it at once.
TIMEOUT_SECONDS = 1.0
REST_SECONDS = 1.0
# Longer than any job lives and any app polls one.
SNAPSHOT_SECONDS = 86_400
# Longer than what was on its way when somebody was erased can take to arrive.
ERASED_SECONDS = 600
SCAN_KEYS = 1000
# Apart from whatever else a shared cache holds.
PREFIX = "ab:gateway:"

# A newer version wins; the same version again says that it still holds. Of somebody who has just
# been erased nothing is kept: what was on its way then must not stay for a day.
KEEP = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local held = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
local offered = tonumber(ARGV[1])
if held > offered then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'owner', ARGV[2], 'at', ARGV[3], 'job', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""
# ``until`` only moves on; what is there stays as long as the longest of it must.
REVOKE = """
local until_ = tonumber(ARGV[2])
if until_ > tonumber(redis.call('HGET', KEYS[1], 'until') or '-1') then
  redis.call('HSET', KEYS[1], 'until', ARGV[2])
end
for i = 3, #ARGV do redis.call('HSET', KEYS[1], 'sid ' .. ARGV[i], 1) end
if redis.call('PEXPIRETIME', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('PEXPIREAT', KEYS[1], ARGV[1])
end
"""


def open_client(url: str) -> driver.Valkey:
    """A client that gives up quickly: every use of it has a way to go on without."""
    client: driver.Valkey = driver.Valkey.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
    )
    return client


async def check_client(client: driver.Valkey) -> None:
    """Raises unless the cache answers."""
    await client.ping()


class SharedStore:
    """Implements ``Snapshots``, ``Revocations`` and ``RateLimiter``.

    After a failure it rests for a second and fails at once, so that an outage costs a request
    microseconds and not the timeout.
    """

    def __init__(self, client: driver.Valkey) -> None:
        self._client = client
        self._keep = client.register_script(KEEP)
        self._limiter = SharedLimiter(client)
        self._revoke = client.register_script(REVOKE)
        self._resting_until = 0.0

    async def keep(self, job: KeptJob) -> bool:
        """As ``Snapshots.keep``."""
        place, version = _job(job.snapshot.id), job.snapshot.version
        body = job.snapshot.model_dump_json()
        values: list[str | int | float] = [
            version,
            job.owner_user_id or "",
            job.kept_at,
            body,
            SNAPSHOT_SECONDS,
        ]
        return bool(
            await self._try(
                lambda: self._keep(keys=[place, _erased(job.owner_user_id or "")], args=values)
            )
        )

    async def get(self, job_id: UUID) -> KeptJob | None:
        """As ``Snapshots.get``."""
        fields = ["owner", "at", "job"]
        owner, at, body = await self._try(lambda: self._client.hmget(_job(job_id), fields))
        if owner is None or at is None or body is None:
            return None
        snapshot = JobSnapshot.model_validate_json(body)
        return KeptJob(owner.decode() or None, snapshot, float(at))

    async def forget_user(self, user_id: str) -> int:
        """As ``ForgetsUsers.forget_user``: looks through all snapshots, a thousand at a time."""
        mark = _erased(user_id)
        await self._try(lambda: self._client.set(mark, 1, ex=ERASED_SECONDS))
        forgotten, cursor = 0, 0
        while True:
            some = partial(self._client.scan, cursor, match=f"{PREFIX}job:*", count=SCAN_KEYS)
            cursor, keys = await self._try(some)
            owners = self._client.pipeline(transaction=False)
            for key in keys:
                owners.hget(key, "owner")
            held = zip(keys, await self._try(owners.execute), strict=True)
            theirs = [key for key, owner in held if owner == user_id.encode()]
            if theirs:
                forgotten += await self._try(partial(self._client.delete, *theirs))
            if cursor == 0:
                return forgotten

    async def revoke(self, revocation: Revocation) -> None:
        """As ``Revocations.revoke``."""
        until = revocation.issued_until
        values: list[int | str] = [
            int(revocation.forget_at * 1000),
            -1 if until is None else int(until * 1000),
            *revocation.session_ids,
        ]
        # The script makes the hash with its first field: one that names nothing is nothing.
        if until is not None or revocation.session_ids:
            place = _revoked(revocation.user_id)
            await self._try(lambda: self._revoke(keys=[place], args=values))

    async def is_revoked(self, token: Verified) -> bool:
        """As ``Revocations.is_revoked``."""
        fields = ["until", f"sid {token.session_id or ''}"]
        place = _revoked(token.identity.user_id)
        until, ended = await self._try(lambda: self._client.hmget(place, fields))
        return ended is not None or (until is not None and token.issued_at * 1000 <= int(until))

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """As ``RateLimiter.take``."""
        found: list[Allowance] = await self._try(lambda: self._limiter.take(wishes))
        return found

    async def _try(self, command: Callable[[], Any]) -> Any:
        if time.monotonic() < self._resting_until:
            raise DependencyUnavailable("The shared cache is away")
        try:
            return await command()
        # uvloop refuses to write to a connection that was reset with a bare RuntimeError, which
        # the driver passes on.
        except (ValkeyError, OSError, TimeoutError, RuntimeError):
            self._resting_until = time.monotonic() + REST_SECONDS
            raise DependencyUnavailable("The shared cache is away") from None


def _job(job_id: UUID) -> str:
    return f"{PREFIX}job:{job_id}"


def _erased(user_id: str) -> str:
    return f"{PREFIX}erased:{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"


def _revoked(user_id: str) -> str:
    return f"{PREFIX}revoked:{hashlib.sha256(user_id.encode()).hexdigest()[:32]}"
