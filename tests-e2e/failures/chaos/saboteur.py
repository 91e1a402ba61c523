"""Does what the schedule says to a running stack, and measures how it recovers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Iterable

import httpx
import psutil
from failures.chaos.schedule import Fault, Kind
from failures.chaos.stack import ChaosStack
from failures.proxy import Handle

DELAY_SECONDS = 0.15
TRICKLE_BYTES = 20_000.0
LOOK_SECONDS = 0.2
RECOVERY_SECONDS = 90.0
PROBE_SECONDS = 3.0

Say = Callable[[str], None]
Check = Callable[[], Awaitable[bool]]


class Saboteur:
    """Breaks a stack, one round at a time; ``answers`` tells whether its public API is whole."""

    def __init__(self, stack: ChaosStack, answers: Check, say: Say) -> None:
        self._stack = stack
        self._answers = answers
        self._say = say
        self.injected = 0
        self.recoveries: list[float] = []

    async def run(self, rounds: Iterable[tuple[Fault, ...]], pause: float) -> None:
        """Every round: break, mend, wait until all is well again, let it work for a while."""
        for faults in rounds:
            self._say(" + ".join(map(str, faults)))
            await asyncio.gather(*(self._inflict(fault) for fault in faults))
            self.injected += len(faults)
            took = await self.recovery()
            self.recoveries.append(took)
            self._say(f"  recovered after {took:.1f} s")
            await asyncio.sleep(pause)

    async def recovery(self) -> float:
        """Seconds from now until every service is ready and the API answers through them."""
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
            while not await self._is_well(client):
                if time.monotonic() - began > RECOVERY_SECONDS:
                    break
                await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    async def _is_well(self, client: httpx.AsyncClient) -> bool:
        try:
            answers = [client.get(url) for url in self._stack.readiness_urls]
            ready = all(answer.is_success for answer in await asyncio.gather(*answers))
        except httpx.HTTPError:
            return False
        return ready and await self._answers()

    async def _inflict(self, fault: Fault) -> None:
        if fault.kind is Kind.KILL:
            await asyncio.to_thread(self._signal, fault.target, signal.SIGKILL)
        elif fault.kind is Kind.PAUSE:
            await asyncio.to_thread(self._signal, fault.target, signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(self._signal, fault.target, signal.SIGCONT)
        elif fault.kind is Kind.CUT:
            await asyncio.to_thread(self._stack.proxies[fault.target].cut)
        else:
            proxy = self._stack.proxies[fault.target]
            await asyncio.to_thread(_disturb, proxy, fault.kind)
            await asyncio.sleep(fault.seconds)
            await asyncio.to_thread(proxy.heal)

    def _signal(self, name: str, number: signal.Signals) -> None:
        for process in self._stack.family(name):
            with contextlib.suppress(psutil.Error):
                process.send_signal(number)


def _disturb(proxy: Handle, kind: Kind) -> None:
    if kind is Kind.DELAY:
        proxy.delay(DELAY_SECONDS)
    elif kind is Kind.TRICKLE:
        proxy.throttle(TRICKLE_BYTES)
    elif kind is Kind.FREEZE:
        proxy.freeze()
    elif kind is Kind.HALF_OPEN:
        proxy.half_open()
    else:
        proxy.refuse()
