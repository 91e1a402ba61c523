"""One drill from beginning to end: calm, break, wait for the alert, mend, wait for calm, count."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from subprocess import SubprocessError
from typing import Protocol

import httpx
from ab_client.errors import ClientError
from failures.chaos.listeners import Outcome

from drills.demand import reasons, unfinished
from drills.drill import Drill, Fault, Verdict
from drills.panels import shown
from drills.watchers import Firing, Watchers

LOOK_SECONDS = 1.0
# In rules as they are written: the longest window, the longest wait, and what is needed beside.
FIRING_SECONDS, RESOLVING_SECONDS = 900.0, 1500.0
LEAST_SECONDS = 75.0
# What goes wrong with a drill, not with its program: the next one may go well.
PASSING = (ClientError, httpx.HTTPError, TimeoutError, RuntimeError, OSError, SubprocessError)

Say = Callable[[str], None]


class Orders(Protocol):
    """Those who go on ordering while something is broken."""

    async def begin(self) -> None:
        """Until the first of them has what was ordered."""
        ...

    async def end(self) -> list[Outcome]:
        """What became of every order."""
        ...

    async def close(self) -> None:
        """Whatever happened."""
        ...


@dataclass(frozen=True)
class Limits:
    """How long each step may take."""

    firing: float
    resolving: float
    look: float = LOOK_SECONDS

    @classmethod
    def of(cls, hurry: float) -> Limits:
        """Of rules whose durations are divided by ``hurry``."""
        return cls(
            FIRING_SECONDS / hurry + LEAST_SECONDS, RESOLVING_SECONDS / hurry + LEAST_SECONDS
        )

    @property
    def patience(self) -> float:
        """How long a listener may have to wait in all."""
        return 2 * self.resolving + self.firing


@dataclass
class Conductor:
    """Leads drills on one stack."""

    watchers: Watchers
    limits: Limits
    say: Say

    async def lead(self, drill: Drill, fault: Fault, orders: Orders) -> Verdict:
        """The verdict. However it ends, the fault is mended and nobody orders any more."""
        verdict, began = Verdict(drill.name, drill.alert), time.monotonic()
        self.say(f"{drill.name}: {drill.about}")
        try:
            await self._break_and_watch(drill, fault, orders, verdict)
        except PASSING as error:
            verdict.trouble = str(error) or type(error).__name__
        finally:
            # Cancelled or not: a stack that somebody else uses is left whole.
            try:
                await asyncio.shield(fault.mend_it())
            except PASSING as error:
                verdict.trouble = f"not mended: {error}"
            await orders.close()
        verdict.seconds = round(time.monotonic() - began, 1)
        return verdict

    async def _break_and_watch(
        self, drill: Drill, fault: Fault, orders: Orders, verdict: Verdict
    ) -> None:
        await orders.begin()
        if not await self._until(lambda: self._is_calm(drill), self.limits.resolving):
            raise TimeoutError(f"{drill.alert} fires before anything is broken")
        before = {one.name for one in await self.watchers.firing()}
        broken = time.monotonic()
        await fault.break_it()
        self.say("  it is broken; waiting for the alert")
        alert = await self._first(drill)
        if alert is None:
            verdict.trouble = f"{drill.alert} did not fire in {self.limits.firing:.0f} s"
        else:
            verdict.fired_after_s = round(time.monotonic() - broken, 1)
            verdict.shown = await shown(alert, self.watchers)
            self._tell(alert, verdict)
        others = {one.name for one in await self.watchers.firing()} - before - {drill.alert}
        verdict.also_fired = sorted(others)
        mended = time.monotonic()
        await fault.mend_it()
        self.say("  mended; waiting until the alert is gone and everything is done")
        if await self._until(lambda: self._is_calm(drill), self.limits.resolving):
            verdict.resolved_after_s = round(time.monotonic() - mended, 1)
        await self._settle(fault, orders, verdict)

    async def _settle(self, fault: Fault, orders: Orders, verdict: Verdict) -> None:
        outcomes = await orders.end()
        await self._until(lambda: self._owes_nothing(fault), self.limits.resolving)
        owed = await fault.owed()
        verdict.asked = len(outcomes)
        verdict.ready = sum(one.end == "ready" for one in outcomes)
        verdict.failed = reasons(outcomes)
        left = [f"{count} {what}" for what, count in owed.items() if count]
        verdict.lost = unfinished(outcomes) + left

    async def _first(self, drill: Drill) -> Firing | None:
        found: list[Firing] = []

        async def fires() -> bool:
            found.extend(
                one for one in await self.watchers.firing() if one.is_of(drill.alert, drill.labels)
            )
            return bool(found)

        return found[0] if await self._until(fires, self.limits.firing) else None

    async def _is_calm(self, drill: Drill) -> bool:
        active = await self.watchers.firing()
        return not any(one.is_of(drill.alert, drill.labels) for one in active)

    async def _owes_nothing(self, fault: Fault) -> bool:
        return not any((await fault.owed()).values())

    async def _until(self, check: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        late = time.monotonic() + seconds
        while time.monotonic() < late:
            # Whoever is asked may be slow just now: the next look tells.
            with contextlib.suppress(httpx.HTTPError):
                if await check():
                    return True
            await asyncio.sleep(self.limits.look)
        return False

    def _tell(self, alert: Firing, verdict: Verdict) -> None:
        told = verdict.shown
        labels = ", ".join(f"{n}={v}" for n, v in sorted(alert.labels.items()) if n != "alertname")
        self.say(f"  {alert.name} fires after {verdict.fired_after_s} s ({labels})")
        self.say(f"    {told['summary']}")
        self.say(f"    {told['description']}")
        self.say(f"    panel:   {told.get('panel', 'none')}  {told['dashboard']}")
        for series, value in told.get("panel_shows", {}).items():
            self.say(f"             {value:.4g}  {series}")
        self.say(f"    runbook: {told['runbook']}")
