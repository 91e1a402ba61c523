"""A read is paid for once, whatever fails afterwards, and every call is in the ledger."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from ab_shared.contracts.commands import SynthesizeRead as Command
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.identifiers import speech_address
from ab_shared.contracts.speech import Performance, SpeechRecipe, Variant
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable, Overloaded
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.domain.errors import ProviderUnavailable
from ab_tts.domain.metering import Outcome, VendorCall, note
from ab_tts.ports import RawSpeech
from ab_tts.usecases import buy_speech
from ab_tts.usecases.buy_speech import BuySpeech
from ab_tts.usecases.synthesize_read import SynthesizeRead
from sqlalchemy import text

KEY = b"k" * 32
RECIPE = SpeechRecipe(
    provider="vendor",
    provider_voice="one",
    model="m",
    synthesis_version="1",
    performances=(
        Performance(variant=1, seed=1, speed=0.8),
        Performance(variant=2, seed=2, speed=0.77),
    ),
)
ADDRESS = speech_address(KEY, "I rest", RECIPE, 1)
COMMAND = Command(speech_address=ADDRESS, text="I rest", recipe=RECIPE, variant=1)


class Vendor:
    """A provider that is paid; ``outcomes`` are those of its next calls."""

    name = "vendor"

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked = 0

    def recipe_for(self, _voice_id: str) -> SpeechRecipe:
        return RECIPE

    async def synthesize(
        self, text: str, _recipe: SpeechRecipe, _variant: Variant, *, deadline: float
    ) -> RawSpeech:
        assert deadline
        self.asked += 1
        outcome = self.outcomes.pop(0) if self.outcomes else "spoken"
        note(VendorCall("vendor", "m", outcome, len(text), 7 * (outcome == "spoken"), 40))
        await asyncio.sleep(0)
        if outcome != "spoken":
            raise ProviderUnavailable("The voice does not answer")
        return RawSpeech(text.encode(), "audio/wav", 900, len(text))


class Store(MemoryBlobs):
    """``dies`` is raised by the next puts, in the moment between paying and storing."""

    def __init__(self, *dies: BaseException) -> None:
        super().__init__()
        self.dies = list(dies)

    async def put(self, *given: Any, **named: Any) -> Any:
        if self.dies:
            raise self.dies.pop(0)
        return await super().put(*given, **named)


def process(book: Any, store: Store, vendor: Vendor) -> SynthesizeRead:
    """A fresh process: nothing in its memory."""
    return SynthesizeRead(book, store, BuySpeech(book, vendor, frozenset({"vendor"}), 30), KEY)


DEATHS = (asyncio.CancelledError(), DependencyUnavailable("The store is away"), KeyError("a bug"))


class BuyingContract:
    """What holds on every book."""

    async def calls(self, book: Any) -> list[str]:
        raise NotImplementedError

    async def told(self, book: Any) -> int:
        """What the announcement says was paid."""
        raise NotImplementedError

    @pytest.mark.parametrize("death", DEATHS, ids=repr)
    async def test_who_dies_before_it_is_stored_has_it_from_the_spool(
        self, book: Any, death: BaseException
    ) -> None:
        store, vendor = Store(death, death), Vendor()
        for _ in range(2):
            with pytest.raises(type(death)):
                await process(book, store, vendor)(COMMAND)
        await process(book, store, vendor)(COMMAND)
        assert await self.calls(book) == ["spoken"]
        async with book.begin() as unit:
            read = await unit.read(ADDRESS)
            assert await unit.spooled(ADDRESS) is None
        assert isinstance(read, ReadReady)
        assert await self.told(book) == 7
        assert await store.get(read.speech_key) == b"I rest"

    async def test_calls_that_led_to_nothing_are_in_the_ledger(self, book: Any) -> None:
        speak = process(book, Store(), Vendor("busy", "cut_off"))
        for _ in range(2):
            with pytest.raises(ProviderUnavailable):
                await speak(COMMAND)
        await speak(COMMAND)
        assert await self.calls(book) == ["busy", "cut_off", "spoken"]


class TestBuyingInMemory(BuyingContract):
    @pytest.fixture
    def book(self, memory_book: Any) -> Any:
        return memory_book

    async def calls(self, book: Any) -> list[str]:
        assert {address for address, _ in book.calls} == {ADDRESS}
        return [call.outcome for _, call in book.calls]

    async def told(self, book: Any) -> int:
        (event,) = book.sent
        return int(event.cost_micros)

    async def test_while_much_waits_for_the_store_nothing_is_bought(self, book: Any) -> None:
        book.room = False
        with pytest.raises(Overloaded):
            await process(book, Store(), Vendor())(COMMAND)
        assert book.calls == []

    async def test_a_short_absence_of_the_database_is_waited_out(
        self, book: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else another process, asked next, would buy what this one holds in its memory."""
        unit, store, vendor = type(await self.unit(book)), Store(), Vendor()
        charge, failures = unit.charge, [1, 2]
        monkeypatch.setattr(buy_speech, "PAUSE_SECONDS", 0.01)

        async def away_twice(self: Any, *given: Any) -> None:
            if failures and failures.pop():
                raise DependencyUnavailable("no database")
            await charge(self, *given)

        monkeypatch.setattr(unit, "charge", away_twice)
        await process(book, store, vendor)(COMMAND)
        assert (vendor.asked, await self.calls(book)) == (1, ["spoken"])
        assert len(book.reads) == 1

    async def test_who_is_told_to_stop_writes_down_what_it_paid_for(
        self, book: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unit, store, vendor = type(await self.unit(book)), Store(), Vendor()
        charge, writing = unit.charge, asyncio.Event()

        async def slow(self: Any, *given: Any) -> None:
            writing.set()
            await asyncio.sleep(0.02)
            await charge(self, *given)

        monkeypatch.setattr(unit, "charge", slow)
        first = asyncio.create_task(process(book, store, vendor)(COMMAND))
        await writing.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await process(book, store, vendor)(COMMAND)
        assert (vendor.asked, await self.calls(book)) == (1, ["spoken"])

    async def test_without_a_database_the_process_itself_holds_it(
        self, book: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        speak = process(book, Store(), Vendor())
        monkeypatch.setattr(buy_speech, "WAITED_OUT_SECONDS", 0.0)

        async def away(*_given: Any) -> None:
            raise DependencyUnavailable("no database")

        with monkeypatch.context() as patched:
            patched.setattr(type(await self.unit(book)), "charge", away)
            with pytest.raises(DependencyUnavailable):
                await speak(COMMAND)
        await speak(COMMAND)
        assert await self.calls(book) == ["spoken"]
        assert not speak.buy.held

    async def unit(self, book: Any) -> Any:
        async with book.begin() as unit:
            return unit


@pytest.mark.real
class TestBuyingOnPostgres(BuyingContract):
    @pytest.fixture
    async def book(self, database: Any) -> PostgresReadBook:
        self.engine = (await database("tts")).engine
        return PostgresReadBook(Transactions(self.engine, producer="tts", relay=None))

    async def calls(self, book: Any) -> list[str]:
        assert book
        query = text("SELECT speech_address, outcome FROM vendor_calls ORDER BY id")
        async with self.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        assert {row.speech_address for row in rows} == {ADDRESS}
        return [row.outcome for row in rows]

    async def told(self, book: Any) -> int:
        assert book
        query = text("SELECT envelope FROM outbox")
        async with self.engine.connect() as connection:
            (row,) = (await connection.execute(query)).all()
        found = row.envelope if isinstance(row.envelope, dict) else json.loads(row.envelope)
        return int(found["data"]["cost_micros"])
