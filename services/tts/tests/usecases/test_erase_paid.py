"""What was bought for somebody who is erased goes too; what it cost stays, on nobody's account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.privacy import EraseSpeech
from ab_shared.database.transaction import Transactions
from ab_shared.runtime.context import Context, bound
from ab_shared.storage.keys import speech_key
from ab_shared.testing.infra import NewDatabase
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.adapters.erasing import PostgresErasing
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.domain.metering import VendorCall
from ab_tts.usecases.erase_reads import EraseReads
from sqlalchemy import text

pytestmark = pytest.mark.real
AT = datetime.now(UTC)
A, B = "a" * 64, "b" * 64
CALL = VendorCall("vendor", "m", "spoken", 6, 7, 40)
LEDGER = text("SELECT speech_address, micros FROM vendor_calls ORDER BY id")


def read(address: str) -> ReadReady:
    return ReadReady(
        speech_address=address,
        speech_key=speech_key(address),
        content_type="audio/wav",
        duration_ms=900,
        characters=6,
        synthesized=True,
        synthesis_ms=40,
    )


async def bought(book: PostgresReadBook, addresses: Sequence[str], at: datetime) -> None:
    with bound(Context(sent_at=at)):
        async with book.begin() as unit:
            for address in addresses:
                await unit.charge(address, [CALL])
                assert await unit.spool(read(address), b"sound")


async def test_sound_that_waits_for_the_store_goes(database: NewDatabase) -> None:
    rows = Transactions((await database("tts")).engine, producer="tts", relay=None)
    book = PostgresReadBook(rows)
    await bought(book, [A], AT - timedelta(seconds=1))
    await bought(book, [B], AT + timedelta(seconds=1))
    wanted = EraseSpeech(erasure_id=UUID(int=7), part=0, erased_at=AT, speech=(A, B))
    await EraseReads(PostgresErasing(rows), MemoryBlobs())(wanted)
    async with book.begin() as unit:
        assert await unit.spooled(A) is None
        assert await unit.spooled(B) == (read(B), b"sound")


async def test_what_it_cost_stays(database: NewDatabase) -> None:
    rows = Transactions((await database("tts")).engine, producer="tts", relay=None)
    book = PostgresReadBook(rows)
    with bound(Context(sent_at=AT - timedelta(seconds=1))):
        async with book.begin() as unit:
            await unit.charge(A, [CALL, CALL])
            await unit.charge(B, [CALL])
            await unit.keep(read(A), "vendor")
    wanted = EraseSpeech(erasure_id=UUID(int=7), part=0, erased_at=AT, speech=(A,))
    await EraseReads(PostgresErasing(rows), MemoryBlobs())(wanted)
    async with rows.begin() as transaction:
        found = (await transaction.connection.execute(LEDGER)).all()
    assert [tuple(row) for row in found] == [(None, 7), (None, 7), (B, 7)]
