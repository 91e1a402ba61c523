"""``python -m performance.vendors``: reads through a made-up vendor that fails, at several limits.

The service's own use case, guard, slots, ledger and spool, the vendor's official client, HTTP; only
the database and the bucket are played. One JSON object says what became of the reads at each limit:
all done, calls no more than reads and the retries allowed, none paid twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.identifiers import speech_address
from ab_shared.errors import TransientError
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.memory_store import MemoryBlobs
from ab_shared.testing.memory_transactions import MemoryTransactions, MemoryUnitOfWork
from ab_tts.adapters.elevenlabs import ElevenLabsLine
from ab_tts.adapters.guarded import GuardedSpeech
from ab_tts.adapters.vendor_speech import VendorSpeech
from ab_tts.adapters.voice_map import read_map
from ab_tts.domain.metering import CHARGED, VendorCall
from ab_tts.domain.slots import Slots
from ab_tts.domain.vendor_trouble import Patience
from ab_tts.usecases.buy_speech import BuySpeech
from ab_tts.usecases.synthesize_read import SynthesizeRead
from simulators.elevenlabs_app import ElevenLabs
from simulators.running import serving

KEY = b"k" * 32
LIMITS = (2, 5, 15)
READS = 120
LAG_SECONDS = 0.15
CALL_SECONDS = 6.0
TRIES = 3
# The ladder's rungs, climbed a hundred times as fast.
RUNGS = (0.0, 0.01, 0.06, 0.36, 1.56)
# One call in five goes wrong, in turn: of a hundred calls six 429, five 5xx, five hang, four more.
ROUND: tuple[dict[str, Any], ...] = (
    {"kind": "well", "times": 4},
    {"kind": "busy", "code": "system_busy", "retry_after": "0"},
    {"kind": "well", "times": 4},
    {"kind": "status", "status": 500},
    {"kind": "well", "times": 4},
    {"kind": "hang"},
    {"kind": "well", "times": 4},
    {"kind": "busy", "code": "too_many_concurrent_requests", "retry_after": None},
    {"kind": "well", "times": 4},
    {"kind": "status", "status": 503},
)


@dataclass
class Shelf:
    """The book of reads, in memory."""

    reads: dict[str, ReadReady] = field(default_factory=dict)
    paid: dict[str, tuple[ReadReady, bytes]] = field(default_factory=dict)
    calls: list[tuple[str, VendorCall]] = field(default_factory=list)
    claimed: set[str] = field(default_factory=set)
    transactions: MemoryTransactions = field(
        default_factory=lambda: MemoryTransactions(producer="tts")
    )

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[ShelfUnit]:
        """Opens a transaction."""
        async with self.transactions.begin() as transaction:
            unit = ShelfUnit(transaction)
            unit.shelf = self
            yield unit


class ShelfUnit(MemoryUnitOfWork):
    """Implements what speaking needs of ``ReadBookUnit``."""

    shelf: Shelf

    async def read(self, address: str) -> ReadReady | None:
        """The finished read."""
        return self.shelf.reads.get(address)

    async def claim(self, address: str, _seconds: float) -> bool:
        """Whether nobody else speaks it."""
        mine = address not in self.shelf.claimed
        self.shelf.claimed.add(address)
        return mine

    async def renew(self, _address: str, _seconds: float) -> None:
        """Claims last."""

    async def give_up(self, address: str) -> None:
        """Lets go."""
        self.shelf.claimed.discard(address)

    async def keep(self, read: ReadReady, _provider: str) -> bool:
        """It is finished."""
        self.shelf.paid.pop(read.speech_address, None)
        return self.shelf.reads.setdefault(read.speech_address, read) is read

    async def spool(self, read: ReadReady, audio: bytes) -> bool:
        """It is paid for."""
        self.shelf.paid[read.speech_address] = (read, audio)
        return True

    async def spooled(self, address: str) -> tuple[ReadReady, bytes] | None:
        """What is paid for."""
        return self.shelf.paid.get(address)

    async def room_to_spool(self) -> bool:
        """Always."""
        return True

    async def charge(self, address: str, calls: list[VendorCall]) -> None:
        """The ledger."""
        self.shelf.calls += [(address, call) for call in calls]


class Leaky(MemoryBlobs):
    """A store that fails every tenth time, after the vendor was paid."""

    puts = 0

    async def put(self, *given: Any, **named: Any) -> Any:
        """Keeps, or not."""
        self.puts += 1
        if self.puts % 10 == 0:
            raise TransientError("The store is away")
        return await super().put(*given, **named)


@dataclass
class Figures:
    """What became of the reads at one limit."""

    limit: int
    reads: int
    done: int
    calls: int
    calls_allowed: int
    paid_twice: int
    answered_after_we_hung_up: int
    most_at_once: int
    refused_for_want_of_a_slot: int
    outcomes: dict[str, int]
    store_failures: int
    seconds: float
    median_call_ms: float
    dollars: float

    @property
    def held(self) -> bool:
        """Whether everything that was promised is so."""
        whole = self.done == self.reads and self.calls <= self.calls_allowed
        return whole and self.paid_twice == 0 and self.most_at_once <= self.limit


async def climb(speak: SynthesizeRead, command: Command) -> None:
    """As the broker's ladder does: again after each rung."""
    for attempt, rung in enumerate(RUNGS, start=1):
        await asyncio.sleep(rung)
        try:
            with bound(Context(attempt=attempt)):
                await speak(command)
        except TransientError:
            continue
        return


def commands(provider: VendorSpeech, reads: int) -> list[Command]:
    """As many lines, every other one the second read of its text."""
    recipe = provider.recipe_for("nova")
    made: list[Command] = []
    for number in range(reads):
        line, variant = f"Breath number {number // 2} is calm.", 1 if number % 2 == 0 else 2
        address = speech_address(KEY, line, recipe, variant)
        made.append(Command(speech_address=address, text=line, recipe=recipe, variant=variant))
    return made


async def at_limit(limit: int, reads: int) -> Figures:
    """One run on a vendor of its own."""
    vendor, shelf, store = ElevenLabs("a-key"), Shelf(), Leaky()
    vendor.limit, vendor.vendor.lag = limit, LAG_SECONDS
    for _ in range(reads // 10):
        for fault in ROUND:
            vendor.vendor.faults.add(where="speech", **fault)
    with serving(vendor.app()) as url:
        line = ElevenLabsLine("a-key", url, "pcm_24000", CALL_SECONDS + 1)
        patience = Patience(TRIES, CALL_SECONDS)
        provider = VendorSpeech(
            line, read_map()["elevenlabs"], "m", begin=Slots(2, 64), patience=patience
        )
        guarded = GuardedSpeech(provider, at_once=reads)
        buy = BuySpeech(shelf, guarded, frozenset({"elevenlabs"}), 120.0)
        speak = SynthesizeRead(shelf, store, buy, KEY)
        began = time.perf_counter()
        await asyncio.gather(*(climb(speak, one) for one in commands(provider, reads)))
        seconds = time.perf_counter() - began
        await provider.aclose()
    return figures(limit, reads, vendor, shelf, store, seconds)


def figures(
    limit: int, reads: int, vendor: ElevenLabs, shelf: Shelf, store: Leaky, seconds: float
) -> Figures:
    """Counted by the ledger, and by the vendor for what was paid."""
    outcomes = Counter(call.outcome for _, call in shelf.calls)
    slot_taken = outcomes["slot_taken"]
    paid = Counter(address for address, call in shelf.calls if call.outcome in CHARGED)
    spoken = [call for _, call in shelf.calls if call.outcome == "spoken"]
    return Figures(
        limit=limit,
        reads=reads,
        done=len(shelf.reads),
        # A call for which there is no slot is no try: it is turned away at the door.
        calls=len(shelf.calls) - slot_taken,
        calls_allowed=reads * TRIES,
        paid_twice=sum(times - 1 for times in paid.values()),
        answered_after_we_hung_up=sum(vendor.spoken.values()) - sum(paid.values()),
        most_at_once=vendor.most,
        refused_for_want_of_a_slot=slot_taken,
        outcomes=dict(outcomes),
        store_failures=store.puts // 10,
        seconds=round(seconds, 2),
        median_call_ms=median(call.milliseconds for call in spoken),
        dollars=sum(call.micros for _, call in shelf.calls) / 1e6,
    )


def main() -> int:
    """Prints the figures; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reads", type=int, default=READS)
    wanted = parser.parse_args().reads
    runs = [asyncio.run(at_limit(limit, wanted)) for limit in LIMITS]
    held = all(run.held for run in runs)
    sys.stdout.write(json.dumps({"held": held, "runs": [asdict(r) for r in runs]}, indent=2) + "\n")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
