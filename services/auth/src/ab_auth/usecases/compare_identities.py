"""Compares our users with the issuer's list: makes who is missing here, erases who is gone there.

News can be lost: a webhook that never came is made good here, at the latest a day later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from ab_shared.errors import Conflict, DependencyUnavailable
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed
from ab_shared.runtime.reconciliation_metrics import reconciled
from prometheus_client import Counter, Gauge

from ab_auth.domain.identities import Comparison, Outsider, too_many_missing
from ab_auth.identity_ports import IssuerUsers
from ab_auth.ports import AuthUnit, Store
from ab_auth.usecases.say_goodbye import SayGoodbye
from ab_auth.usecases.welcome_outsider import welcome

# Longer than the longest wait for one answer, all tries together.
LEASE = timedelta(minutes=6)
PAGE = 200
MISSING_AT_ONCE = 50
TRIES = 4
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
USERS = Counter(
    "ab_auth_compared_users_total",
    "Users that a comparison with the issuer's list made, erased or found still there.",
    ("outcome",),
)
REFUSED = Gauge(
    "ab_auth_comparison_refused",
    "1 after a comparison that missed more users than can be true; nobody was erased.",
)
LAST = Gauge("ab_auth_comparison_finished_timestamp_seconds", "When a comparison last finished.")
logger = logging.getLogger("ab.auth")
ResultT = TypeVar("ResultT")
Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one issuer: what goes before its subjects, how often to compare, how many may be gone."""

    issuer: str
    prefix: str
    every: timedelta
    most_missing_percent: int

    def outsider(self, subject: str) -> Outsider:
        """One of its users."""
        return Outsider(self.issuer, subject, self.prefix + subject)


class _Lost(Exception):  # the lease went to another instance, which carries on
    """Somebody else is at work on this comparison."""


@dataclass(frozen=True, slots=True)
class CompareIdentities:
    """One instance at a time, under a lease that each page renews; resumes where it stopped."""

    store: Store
    users: IssuerUsers
    goodbye: SayGoodbye
    clock: Clock
    rules: Rules
    holder: str
    sleep: Sleep = asyncio.sleep

    async def __call__(self) -> bool:
        """Does what is due; whether anything was."""
        comparison = await self._take()
        if comparison is None:
            return False
        try:
            await self._compare(comparison)
        except _Lost:
            logger.info("Another instance carries on with the comparison")
        except DependencyUnavailable as error:
            await self._give_up(error.message)
        return True

    async def _take(self) -> Comparison | None:
        now = self.clock()
        async with self.store.begin() as unit:
            found = await unit.hold_comparison(self.rules.issuer)
            if not found.is_due(now) or not found.free_for(self.holder, now):
                return None
            begun = found.begun(now).held(self.holder, now + LEASE)
            await unit.keep_comparison(begun)
        return begun

    async def _compare(self, comparison: Comparison) -> None:
        started = comparison.started_at or self.clock()
        place, more = comparison.place, True
        while more:
            subjects = await self._asking(partial(self.users.users_page, place, PAGE))
            place += len(subjects)
            more = len(subjects) >= PAGE
            await self._take_page(subjects, started, place)
        await self._settle(started)

    async def _take_page(self, listed: Sequence[str], started: datetime, place: int) -> None:
        async with self.store.begin() as unit:
            held = await self._held(unit)
            known = await unit.mark_listed(self.rules.issuer, listed, started)
            made = [await self._make(unit, one, started) for one in listed if one not in known]
            far = replace(held, place=place, listed=held.listed + len(listed))
            await unit.keep_comparison(replace(far, made=held.made + sum(made)))
        USERS.labels("made").inc(sum(made))

    async def _make(self, unit: AuthUnit, subject: str, started: datetime) -> bool:
        who = self.rules.outsider(subject)
        try:
            _, new = await welcome(unit, who, self.clock())
        except Conflict:
            extra = {"user": hashed(who.user_id), "issuer": who.issuer}
            logger.exception("The issuer lists the user of another issuer", extra=extra)
            return False
        if new:
            await unit.mark_listed(self.rules.issuer, (subject,), started)
        return new

    async def _settle(self, started: datetime) -> None:
        if not await self._is_believed(started):
            return
        while gone := await self._next_missing(started):
            for who in gone:
                await self._check(who, started)
        async with self.store.begin() as unit:
            held = await self._held(unit)
            await unit.keep_comparison(held.ended(self.clock(), self.rules.every))
        REFUSED.set(0)
        LAST.set(self.clock().timestamp())
        reconciled("identities")
        extra = {"listed": held.listed, "made": held.made, "gone": held.gone}
        logger.info("Our users agree with the issuer's list", extra=extra)

    async def _is_believed(self, started: datetime) -> bool:
        async with self.store.begin() as unit:
            held = await self._held(unit)
            missing, known = await unit.count_missing(self.rules.issuer, started)
            percent = held.most_missing_percent
            if percent is None:
                percent = self.rules.most_missing_percent
            reason = too_many_missing(missing, known, percent)
            counted = replace(held, missing=missing)
            if reason is not None:
                counted = counted.refused(self.clock(), self.rules.every, reason)
            await unit.keep_comparison(counted)
        if reason is not None:
            REFUSED.set(1)
            logger.error("A comparison with the issuer's list is not believed: %s", reason)
        return reason is None

    async def _next_missing(self, started: datetime) -> Sequence[Outsider]:
        async with self.store.begin() as unit:
            await self._held(unit)
            return await unit.missing(self.rules.issuer, started, MISSING_AT_ONCE)

    async def _check(self, who: Outsider, started: datetime) -> None:
        # A list may have left somebody out, as users moved while its pages were read. Only the
        # issuer's plain word on this one user counts.
        there = await self._asking(lambda: self.users.has(who.subject))
        if not there:
            async with self.store.begin() as unit:
                await self._held(unit)
                await self.goodbye.remember(unit, who, self.clock())
            await self.goodbye.erase(who)
        async with self.store.begin() as unit:
            held = await self._held(unit)
            # Looked after, so that the next page of missing users holds others.
            await unit.mark_listed(self.rules.issuer, (who.subject,), started)
            await unit.keep_comparison(replace(held, gone=held.gone + (not there)))
        USERS.labels("kept" if there else "gone").inc()

    async def _held(self, unit: AuthUnit) -> Comparison:
        """The comparison, ours for some minutes more."""
        found = await unit.hold_comparison(self.rules.issuer)
        if found.holder != self.holder:
            raise _Lost
        return found.held(self.holder, self.clock() + LEASE)

    async def _give_up(self, reason: str) -> None:
        async with self.store.begin() as unit:
            found = await unit.hold_comparison(self.rules.issuer)
            if found.holder == self.holder:
                await unit.keep_comparison(found.failed(self.clock(), reason))
        logger.warning("The issuer's list can't be had now: %s", reason)

    async def _asking(self, ask: Callable[[], Awaitable[ResultT]]) -> ResultT:
        for attempt in range(TRIES - 1):
            try:
                return await ask()
            except DependencyUnavailable as error:
                asked = error.details.get("retry_after")
                wait = asked if isinstance(asked, int | float) else FIRST_WAIT * 2**attempt
                await self.sleep(min(wait, LONGEST_WAIT))
        return await ask()
