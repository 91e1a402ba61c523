"""The writer with a made-up OpenAI behind it, over real HTTP and the vendor's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from ab_session.adapters.openai_writer import OpenAIWriter, open_client
from ab_session.adapters.shipped_prompts import shipped_prompts
from ab_session.bootstrap import Wired, wire
from ab_session.domain.spending import DaySpent, Limits, Prices
from ab_session.writer_ports import FarWriter
from ab_shared.contracts.affirmations import WriteAffirmations, WrittenAffirmations
from ab_shared.runtime.breaker import Limits as Patience
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_broker import MemoryBroker
from simulators.openai_app import OpenAi
from simulators.running import serving

from session_memory.store import MemoryStore

KEY = "sk-made-up"
PRICES = Prices(told=0.4, cached=0.1, written=1.6)
PLENTY = Limits(calls=1000, micros=10_000_000)


@dataclass
class Desk:
    """What a test holds: the vendor, the store, and the service as it is wired."""

    vendor: OpenAi
    store: MemoryStore
    clock: FakeClock
    wired: Wired
    model: OpenAIWriter

    async def ask(self, request: Any) -> Any:
        """What the service answers."""
        _, answerer = self.wired.subscriptions.answerers[request.routing_key]
        return await answerer(request)

    async def write(self, **wish: Any) -> WrittenAffirmations:
        """Lines for a user."""
        asked = WriteAffirmations(**{"user_id": "user_1", "goal": "rest at night", **wish})
        written: WrittenAffirmations = await self.ask(asked)
        return written

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What the vendor was asked."""
        return self.vendor.vendor.calls

    def fail(self, kind: str, **more: Any) -> None:
        """The next call of the chat goes wrong."""
        self.vendor.vendor.faults.add(kind, "chat", **more)

    async def spent(self) -> DaySpent:
        """The day so far."""
        async with self.store.begin() as unit:
            return await unit.writing.spent(self.clock().date())


@contextmanager
def openai_at() -> Iterator[tuple[OpenAi, str]]:
    """The vendor on a free port."""
    vendor = OpenAi(KEY)
    with serving(vendor.app()) as url:
        yield vendor, f"{url}/v1"


@asynccontextmanager
async def desk_at(
    vendor: OpenAi,
    url: str,
    *,
    limits: Limits = PLENTY,
    seconds: float = 5.0,
    key: str = KEY,
    patience: Patience | None = None,
) -> AsyncIterator[Desk]:
    """The service with that vendor, its templates seeded."""
    store, clock = MemoryStore(), FakeClock()
    async with open_client(key, url, seconds) as client:
        model = OpenAIWriter(client, "made-up", PRICES, limits=patience)
        far = FarWriter(model, limits, seconds)
        wired = wire(store, MemoryBroker().bus("session"), b"key", clock, far=far)
        await wired.seed_prompts(shipped_prompts())
        yield Desk(vendor, store, clock, wired, model)
