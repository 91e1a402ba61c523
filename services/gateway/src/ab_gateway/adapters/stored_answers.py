"""Request keys and the answers they had, in Valkey (or Redis from 7.0), sealed."""

from __future__ import annotations

import os
from typing import TypeAlias

import valkey.asyncio as driver
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.domain.request_keys import Claim, Keyed

PREFIX = "ab:gateway:key:"
KEPT_SECONDS = 86_400
# A little more than a request may take: who holds a key longer than this has died.
LEASE_MS = 20_000
NONCE_BYTES = 12
Values: TypeAlias = list[bytes | str | int]

# The server's clock, so that gateways whose clocks differ agree on when a lease ends.
NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""
CLAIM = (
    NOW
    + """
local held = redis.call('HMGET', KEYS[1], 'mark', 'answer', 'until')
if held[1] and held[1] ~= ARGV[1] then return {'other'} end
if held[2] then return {'done', held[2]} end
if held[3] and tonumber(held[3]) > now then return {'running', tonumber(held[3]) - now} end
redis.call('HSET', KEYS[1], 'mark', ARGV[1], 'owner', ARGV[2], 'until', now + tonumber(ARGV[3]))
redis.call('EXPIRE', KEYS[1], ARGV[4])
if held[1] then return {'again'} end
return {'first'}
"""
)
FINISH = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'answer', ARGV[2])
redis.call('HDEL', KEYS[1], 'owner', 'until')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""
LET_GO = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
if ARGV[2] == '1' then return redis.call('DEL', KEYS[1]) end
return redis.call('HDEL', KEYS[1], 'owner', 'until')
"""


class AnswerStore:
    """Implements ``StoredAnswers``.

    Answers are sealed with AES-256-GCM under a key that is made of the request's own key, which
    the store never sees.
    """

    def __init__(self, client: driver.Valkey, cache: SharedCache, lease_ms: int = LEASE_MS) -> None:
        self._claim = client.register_script(CLAIM)
        self._finish = client.register_script(FINISH)
        self._let_go = client.register_script(LET_GO)
        self._lease_ms = lease_ms
        self._cache = cache

    async def claim(self, asked: Keyed, owner: str) -> Claim:
        """As ``StoredAnswers.claim``; an answer that can't be opened is none."""
        values: Values = [asked.mark, owner, self._lease_ms, KEPT_SECONDS]
        found = await self._cache.ask(lambda: self._claim(keys=[_place(asked)], args=values))
        kind = str(found[0], "ascii")
        if kind == "running":
            return Claim("running", wait_seconds=int(found[1]) / 1000)
        if kind == "done":
            answer = _opened(asked, found[1])
            return Claim("again") if answer is None else Claim("done", answer)
        return Claim("other" if kind == "other" else "again" if kind == "again" else "first")

    async def finish(self, asked: Keyed, owner: str, answer: bytes) -> None:
        """As ``StoredAnswers.finish``."""
        values: Values = [owner, _sealed(asked, answer), KEPT_SECONDS]
        await self._cache.ask(lambda: self._finish(keys=[_place(asked)], args=values))

    async def let_go(self, asked: Keyed, owner: str, *, forget: bool) -> None:
        """As ``StoredAnswers.let_go``."""
        values: Values = [owner, int(forget)]
        await self._cache.ask(lambda: self._let_go(keys=[_place(asked)], args=values))


def _place(asked: Keyed) -> str:
    return PREFIX + asked.slot


def _sealed(asked: Keyed, answer: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    # Bound to its slot and request: what is moved to another one does not open.
    return nonce + AESGCM(asked.secret).encrypt(nonce, answer, asked.mark.encode())


def _opened(asked: Keyed, sealed: bytes) -> bytes | None:
    try:
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return AESGCM(asked.secret).decrypt(nonce, rest, asked.mark.encode())
    except (InvalidTag, ValueError):
        return None
