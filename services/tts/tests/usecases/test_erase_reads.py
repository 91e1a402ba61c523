"""Speech of somebody who is erased goes, row and object, unless it was asked for since."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.privacy import EraseSpeech
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.context import Context, bound
from ab_shared.storage.keys import speech_key
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.infra import NewDatabase
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.adapters.erasing import PostgresErasing
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.usecases.erase_reads import EraseReads
from sqlalchemy import text

pytestmark = pytest.mark.real
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
EARLIER, LATER = AT - timedelta(minutes=1), AT + timedelta(seconds=1)
A, B, C = "a" * 64, "b" * 64, "c" * 64
ERASURE = UUID(int=7)
OUTBOX = text("SELECT envelope::jsonb -> 'data' AS told FROM outbox ORDER BY id")


class Studio:
    """The service's rows and objects, and how much every erasure said it took."""

    def __init__(self, transactions: Transactions, speech: ObjectStore) -> None:
        self.book = PostgresReadBook(transactions)
        self.erasing = PostgresErasing(transactions)
        self.transactions, self.speech = transactions, speech

    async def speak(self, *addresses: str, at: datetime = EARLIER) -> None:
        for address in addresses:
            await self.speech.put(speech_key(address), b"sound", "audio/wav")
            read = ReadReady(
                speech_address=address,
                speech_key=speech_key(address),
                content_type="audio/wav",
                duration_ms=1,
                characters=1,
                synthesized=True,
                synthesis_ms=1,
            )
            with bound(Context(sent_at=at)):
                async with self.book.begin() as unit:
                    await unit.keep(read, "embedded")

    async def ask(self, address: str, at: datetime) -> bool:
        with bound(Context(sent_at=at)):
            async with self.book.begin() as unit:
                return await unit.read(address) is not None

    async def erase(self, *addresses: str, part: int = 0) -> None:
        wanted = EraseSpeech(erasure_id=ERASURE, part=part, erased_at=AT, speech=addresses)
        await EraseReads(self.erasing, self.speech)(wanted)

    async def rows(self) -> list[str]:
        async with self.book.begin() as unit:
            return [row.name for row in await unit.stored((), "", 100)]

    async def objects(self) -> set[str]:
        found = [a for a in (A, B, C) if await self.speech.head(speech_key(a)) is not None]
        return set(found)

    async def told(self) -> list[tuple[str, int, dict[str, int]]]:
        async with self.transactions.begin() as transaction:
            rows = (await transaction.connection.execute(OUTBOX)).scalars().all()
        return [(row["service"], row["part"], row["counts"]) for row in rows]


@pytest.fixture
async def studio(database: NewDatabase, object_store: ObjectStore) -> Studio:
    engine = (await database("tts")).engine
    return Studio(Transactions(engine, producer="tts", relay=None), object_store)


async def test_row_and_object_go_and_nobody_elses(studio: Studio) -> None:
    await studio.speak(A, B, C)
    await studio.erase(A, B, part=3)
    assert (await studio.rows(), await studio.objects()) == ([C], {C})
    assert await studio.told() == [("tts", 3, {"speech": 2})]


async def test_what_was_asked_for_since_stays(studio: Studio) -> None:
    await studio.speak(A, B)
    await studio.speak(C, at=LATER)
    assert await studio.ask(A, LATER)
    # A wish of before the erasure that comes late is not newer than what is known.
    assert await studio.ask(A, EARLIER)
    assert await studio.ask(B, AT)
    await studio.erase(A, B, C)
    assert (await studio.rows(), await studio.objects()) == ([A, C], {A, C})


async def test_of_two_who_spoke_it_at_once_the_later_wish_counts(studio: Studio) -> None:
    await studio.speak(A)
    await studio.speak(A, B, at=LATER)
    await studio.speak(B)
    await studio.erase(A, B)
    assert (await studio.rows(), await studio.objects()) == ([A, B], {A, B})


async def test_twice_and_what_is_gone_already_are_no_error(studio: Studio) -> None:
    await studio.speak(A, B)
    await studio.speech.delete(speech_key(A))
    for _ in range(2):
        await studio.erase(A, B, C)
    assert (await studio.rows(), await studio.objects()) == ([], set())
    assert await studio.told() == [("tts", 0, {"speech": 2}), ("tts", 0, {"speech": 0})]


async def test_a_read_that_is_being_spoken_keeps_its_claim(studio: Studio) -> None:
    async with studio.book.begin() as unit:
        assert await unit.claim(A, 60)
    await studio.erase(A)
    async with studio.book.begin() as unit:
        assert not await unit.claim(A, 60)
    # It ends after the erasure: whoever waited for it, or session, has it erased once more.
    await studio.speak(A)
    await studio.erase(A)
    assert (await studio.rows(), await studio.objects()) == ([], set())


async def test_rows_outlive_a_store_that_is_away(studio: Studio) -> None:
    await studio.speak(A)
    away = MemoryBlobs()
    away.down = True
    wanted = EraseSpeech(erasure_id=ERASURE, part=0, erased_at=AT, speech=(A,))
    with pytest.raises(DependencyUnavailable):
        await EraseReads(studio.erasing, away)(wanted)
    assert (await studio.rows(), await studio.told()) == ([A], [])
    await studio.erase(A)
    assert (await studio.rows(), await studio.objects()) == ([], set())


async def test_who_asks_meanwhile_waits_and_has_it_made_anew(studio: Studio) -> None:
    await studio.speak(A)
    deleting, go_on = asyncio.Event(), asyncio.Event()

    class Slow(MemoryBlobs):
        async def delete(self, key: str) -> None:
            deleting.set()
            await go_on.wait()
            await studio.speech.delete(key)

    wanted = EraseSpeech(erasure_id=ERASURE, part=0, erased_at=AT, speech=(A,))
    erasing: asyncio.Task[Any] = asyncio.create_task(EraseReads(studio.erasing, Slow())(wanted))
    await deleting.wait()
    asking = asyncio.create_task(studio.ask(A, LATER))
    done, _ = await asyncio.wait((asking,), timeout=0.3)
    assert not done
    go_on.set()
    await erasing
    assert not await asking
    assert (await studio.rows(), await studio.objects()) == ([], set())
