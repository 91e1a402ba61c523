"""The book in memory and the one in Postgres claim, keep and let go alike."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts.events import ReadReady
from ab_shared.database.transaction import Transactions
from ab_tts.adapters.postgres import PostgresReadBook

ADDRESS = "a" * 64
READ = ReadReady(
    speech_address=ADDRESS,
    speech_key=f"speech/aa/{ADDRESS}",
    content_type="audio/wav",
    duration_ms=2100,
    characters=24,
    synthesized=True,
    synthesis_ms=40,
)


class ReadBookContract:
    """What every book does."""

    async def claim(self, book: Any, seconds: float = 60) -> bool:
        async with book.begin() as unit:
            return bool(await unit.claim(ADDRESS, seconds))

    async def test_one_of_two_gets_the_claim(self, book: Any) -> None:
        assert await self.claim(book)
        assert not await self.claim(book)

    async def test_a_claim_given_up_can_be_had(self, book: Any) -> None:
        await self.claim(book)
        async with book.begin() as unit:
            await unit.give_up(ADDRESS)
        assert await self.claim(book)

    async def test_a_lapsed_claim_can_be_had(self, book: Any) -> None:
        await self.claim(book, seconds=-1)
        assert await self.claim(book)

    async def test_a_renewed_claim_holds_on(self, book: Any) -> None:
        await self.claim(book, seconds=-1)
        async with book.begin() as unit:
            await unit.renew(ADDRESS, 60)
        assert not await self.claim(book)

    async def test_renewing_makes_no_claim(self, book: Any) -> None:
        async with book.begin() as unit:
            await unit.renew(ADDRESS, 60)
        assert await self.claim(book)

    async def test_a_claim_is_no_read(self, book: Any) -> None:
        await self.claim(book)
        async with book.begin() as unit:
            assert await unit.read(ADDRESS) is None

    async def test_a_kept_read_stays(self, book: Any) -> None:
        await self.claim(book)
        async with book.begin() as unit:
            await unit.keep(READ, "embedded")
        async with book.begin() as unit:
            await unit.give_up(ADDRESS)
            assert await unit.read(ADDRESS) == READ
            assert not await unit.claim(ADDRESS, 60)

    async def test_a_read_can_be_kept_after_its_claim_has_gone(self, book: Any) -> None:
        async with book.begin() as unit:
            await unit.keep(READ, "embedded")
        async with book.begin() as unit:
            assert await unit.read(ADDRESS) == READ

    async def test_the_first_read_that_is_kept_stays(self, book: Any) -> None:
        later = READ.model_copy(update={"duration_ms": 7})
        async with book.begin() as unit:
            assert await unit.keep(READ, "embedded")
        async with book.begin() as unit:
            assert not await unit.keep(later, "embedded")
            assert await unit.read(ADDRESS) == READ


class TestMemoryReadBook(ReadBookContract):
    @pytest.fixture
    def book(self, memory_book: Any) -> Any:
        return memory_book


@pytest.mark.real
class TestPostgresReadBook(ReadBookContract):
    @pytest.fixture
    async def book(self, database: Any) -> PostgresReadBook:
        engine = (await database("tts")).engine
        return PostgresReadBook(Transactions(engine, producer="tts", relay=None))
