"""What all gateway processes share, in Valkey (or Redis from 7.0): snapshots, counts.

Revoked tokens as well: whoever starts later was not there to hear of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

import valkey.asyncio as driver
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.runtime.gathering import Gathered

from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.adapters.shared_limiter import MOST_AT_ONCE, SharedLimiter
from ab_gateway.domain.identity import Verified
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Wish
from ab_gateway.domain.revocations import Revocation

# No retry: every caller has a way to go on without, and goes it at once.
TIMEOUT_SECONDS = 1.0
# Longer than any job lives and any app polls one.
SNAPSHOT_SECONDS = 86_400
# Longer than what was on its way when somebody was erased can take to arrive.
ERASED_SECONDS = 600
# Apart from whatever else a shared cache holds.
PREFIX = "ab:gateway:"

# A newer version wins; the same version again says that it still holds. Of somebody who has just
# been erased nothing is kept: what was on its way then must not stay for a day. Each owner has an
# index of their snapshots by when they end, for whoever forgets them.
KEEP = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local held = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
local offered = tonumber(ARGV[1])
if held > offered then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'owner', ARGV[2], 'at', ARGV[3], 'job', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
if ARGV[2] ~= '' then
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
  redis.call('ZADD', KEYS[3], now + ARGV[5], KEYS[1])
  redis.call('EXPIRE', KEYS[3], ARGV[5])
end
return 1
"""
# In one step with the mark: nothing is kept between looking and deleting.
FORGET = """
redis.call('SET', KEYS[1], 1, 'EX', ARGV[2])
local forgotten = 0
for _, place in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  if redis.call('HGET', place, 'owner') == ARGV[1] then
    forgotten = forgotten + redis.call('DEL', place)
  end
end
redis.call('DEL', KEYS[2])
return forgotten
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
    """Implements ``Snapshots``, ``Revocations``, ``RateLimiter`` and ``ForgetsUsers``."""

    def __init__(self, client: driver.Valkey, cache: SharedCache) -> None:
        self._client = client
        self._keep = client.register_script(KEEP)
        self._forget = client.register_script(FORGET)
        self._limiter = SharedLimiter(client)
        self._revoked: Gathered[Verified, bool] = Gathered(self._look_up, most=MOST_AT_ONCE)
        self._revoke = client.register_script(REVOKE)
        self._cache = cache

    async def keep(self, job: KeptJob) -> bool:
        """As ``Snapshots.keep``."""
        owner = job.owner_user_id or ""
        places = [_job(job.snapshot.id), _erased(owner), _owned(owner)]
        body = job.snapshot.model_dump_json()
        values: list[str | int | float] = [
            job.snapshot.version,
            owner,
            job.kept_at,
            body,
            SNAPSHOT_SECONDS,
        ]
        return bool(await self._cache.ask(lambda: self._keep(keys=places, args=values)))

    async def get(self, job_id: UUID) -> KeptJob | None:
        """As ``Snapshots.get``."""
        fields = ["owner", "at", "job"]
        owner, at, body = await self._cache.ask(lambda: self._client.hmget(_job(job_id), fields))
        if owner is None or at is None or body is None:
            return None
        snapshot = JobSnapshot.model_validate_json(body)
        return KeptJob(owner.decode() or None, snapshot, float(at))

    async def forget_user(self, user_id: str) -> int:
        """As ``ForgetsUsers.forget_user``: one look into the owner's index."""
        places = [_erased(user_id), _owned(user_id)]
        values: list[str | int] = [user_id, ERASED_SECONDS]
        forgotten = await self._cache.ask(lambda: self._forget(keys=places, args=values))
        return int(forgotten)

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
            await self._cache.ask(lambda: self._revoke(keys=[place], args=values))

    async def is_revoked(self, token: Verified) -> bool:
        """As ``Revocations.is_revoked``."""
        found: bool = await self._cache.ask(lambda: self._revoked(token))
        return found

    async def _look_up(self, tokens: Sequence[Verified]) -> list[bool]:
        pipeline = self._client.pipeline(transaction=False)
        for token in tokens:
            fields = ["until", f"sid {token.session_id or ''}"]
            pipeline.hmget(_revoked(token.identity.user_id), fields)
        found = await pipeline.execute()
        return [_covered(token, *held) for token, held in zip(tokens, found, strict=True)]

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """As ``RateLimiter.take``."""
        found: list[Allowance] = await self._cache.ask(lambda: self._limiter.take(wishes))
        return found


def _covered(token: Verified, until: bytes | None, ended: bytes | None) -> bool:
    return ended is not None or (until is not None and token.issued_at * 1000 <= int(until))


def _job(job_id: UUID) -> str:
    return f"{PREFIX}job:{job_id}"


def _erased(user_id: str) -> str:
    return f"{PREFIX}erased:{_hashed(user_id)}"


def _owned(user_id: str) -> str:
    return f"{PREFIX}owned:{_hashed(user_id)}"


def _revoked(user_id: str) -> str:
    return f"{PREFIX}revoked:{_hashed(user_id)}"


def _hashed(user_id: str) -> str:
    return hashlib.sha256(user_id.encode()).hexdigest()[:32]
