"""Request keys and their answers in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ab_gateway.domain.request_keys import Claim, Keyed
from ab_shared.errors import DependencyUnavailable

LEASE_SECONDS = 20.0


class Downed(Protocol):
    """Whether the cache is away."""

    down: bool


@dataclass
class Slot:
    """One key as it is held."""

    mark: str
    owner: str | None
    until: float
    answer: bytes | None = None


class MemoryAnswers:
    """Implements ``StoredAnswers``; away whenever ``store`` is down."""

    def __init__(self, store: Downed, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.slots: dict[str, Slot] = {}
        self._store = store
        self._monotonic = monotonic

    async def claim(self, asked: Keyed, owner: str) -> Claim:
        self._refuse()
        now, held = self._monotonic(), self.slots.get(asked.slot)
        if held is not None and held.mark != asked.mark:
            return Claim("other")
        if held is not None and held.answer is not None:
            return Claim("done", held.answer)
        if held is not None and held.owner is not None and held.until > now:
            return Claim("running", wait_seconds=held.until - now)
        self.slots[asked.slot] = Slot(asked.mark, owner, now + LEASE_SECONDS)
        return Claim("first" if held is None else "again")

    async def finish(self, asked: Keyed, owner: str, answer: bytes) -> None:
        self._refuse()
        held = self.slots.get(asked.slot)
        if held is not None and held.owner == owner:
            held.answer, held.owner = answer, None

    async def let_go(self, asked: Keyed, owner: str, *, forget: bool) -> None:
        self._refuse()
        held = self.slots.get(asked.slot)
        if held is None or held.owner != owner:
            return
        if forget:
            del self.slots[asked.slot]
        else:
            held.owner = None

    def _refuse(self) -> None:
        if self._store.down:
            raise DependencyUnavailable("The shared cache is away")
