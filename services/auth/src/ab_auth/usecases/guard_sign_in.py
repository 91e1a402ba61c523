"""Makes whoever guesses passwords wait longer and longer."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from ab_shared.errors import RateLimited
from ab_shared.runtime.clock import Clock

from ab_auth.domain.lockout import MOST_KNOWN_PLACES, Tries
from ab_auth.ports import AuthUnit, Marks, Store

logger = logging.getLogger("ab.auth")
ANYWHERE = b""


@dataclass(frozen=True, slots=True)
class Try:
    """One try to sign in: at which account, from which place, and in whose book it is counted."""

    account: bytes
    place: bytes
    book: bytes


@dataclass(frozen=True, slots=True)
class GuardSignIn:
    """Counts by mark of the address, so that an unknown address is like a known one."""

    store: Store
    marks: Marks
    clock: Clock

    async def begin(self, email: str, place: str | None) -> Try:
        """Counts a try as wrong before anybody looks at its password.

        Raises:
            RateLimited: the wait after the tries before is not over; this try counts for nothing.
        """
        account = self.marks.mark("account", email)
        where = self.marks.mark("place", email, place) if place else ANYWHERE
        now = self.clock()
        async with self.store.begin() as unit:
            book = where if await self._known(unit, account, where) else ANYWHERE
            # Two tries of an account nobody has tried yet must not both find nothing to hold.
            await unit.open_tries(account, book, now)
            tries = await unit.tries(account, book)
            seconds = tries.seconds_to_wait(now)
            if not seconds:
                await unit.keep_tries(account, book, tries.begun(now))
        if seconds:
            logger.warning("A try to sign in has to wait", extra={"failures": tries.failures})
            raise RateLimited(
                "Too many wrong passwords, come back a little later",
                details={"retry_after": seconds},
            )
        return Try(account, where, book)

    async def was_right(self, unit: AuthUnit, tried: Try, user_id: str) -> None:
        """Forgets the wrong ones of that book, and remembers the place as known."""
        right = Tries().right(self.clock(), user_id)
        if tried.book == ANYWHERE:
            await unit.keep_tries(tried.account, ANYWHERE, replace(right, succeeded_at=None))
        if tried.place != ANYWHERE:
            await unit.keep_tries(tried.account, tried.place, right)
            await unit.drop_old_places(tried.account, MOST_KNOWN_PLACES)

    async def was_undecided(self, tried: Try) -> None:
        """Takes a try back that the service itself could not carry out."""
        async with self.store.begin() as unit:
            tries = await unit.tries(tried.account, tried.book)
            if tries.touched_at is not None:
                await unit.keep_tries(tried.account, tried.book, tries.withdrawn())

    async def _known(self, unit: AuthUnit, account: bytes, place: bytes) -> bool:
        if place == ANYWHERE:
            return False
        return (await unit.tries(account, place)).known(self.clock())
