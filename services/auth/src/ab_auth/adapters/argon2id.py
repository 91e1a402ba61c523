"""Passwords by Argon2id (RFC 9106), off the event loop and never too many at once."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ab_shared.errors import Overloaded
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_WAITING = 64
ResultT = TypeVar("ResultT")


class Argon2Passwords:
    """Implements ``Passwords``. ``memory_kib`` is taken by each of ``at_once`` threads."""

    def __init__(self, *, time_cost: int, memory_kib: int, parallelism: int, at_once: int) -> None:
        self._hasher = PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism
        )
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="argon2")
        self._waiting = 0
        # What an unknown account is compared with, so that it costs as much as a known one.
        self._nobody = self._hasher.hash(secrets.token_hex())

    async def encode(self, password: str) -> str:
        """A salted encoding that names its own parameters."""
        return await self._in_thread(lambda: self._hasher.hash(password))

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the encoded one; None is compared with nobody's."""
        right = await self._in_thread(lambda: self._matches(encoded or self._nobody, password))
        return right and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Whether it was encoded with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        """Lets the threads end."""
        # Callers have their answer or are gone; a thread that still hashes may end by itself.
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        if self._waiting >= MAX_WAITING:
            raise Overloaded("Too many people sign in at this moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
