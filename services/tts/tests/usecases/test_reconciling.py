"""Speech that is gone is forgotten; speech that nobody knows goes after its grace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import ReadReady
from ab_shared.contracts.reconciling import CheckSpeech, SweepSpeech
from ab_shared.database.transaction import Transactions
from ab_shared.storage.keys import speech_key
from ab_shared.testing.memory_listing import MemoryListing
from ab_shared.testing.memory_store import MemoryBlobs
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.usecases.check_objects import CheckObjects
from ab_tts.usecases.sweep_objects import SweepObjects

NOW = datetime(2026, 1, 2, tzinfo=UTC)
A, B, C = "a" * 64, "b" * 64, "c" * 64


async def keep(book: Any, *addresses: str) -> None:
    for address in addresses:
        read = ReadReady(
            speech_address=address,
            speech_key=speech_key(address),
            content_type="audio/wav",
            duration_ms=1,
            characters=1,
            synthesized=True,
            synthesis_ms=1,
        )
        async with book.begin() as unit:
            await unit.keep(read, "embedded")


async def known(book: Any) -> list[str]:
    async with book.begin() as unit:
        return [row.name for row in await unit.stored((), "", 100)]


class ReconcilingContract:
    """On every book."""

    @pytest.fixture
    def speech(self) -> MemoryBlobs:
        return MemoryBlobs()

    async def put(self, speech: MemoryBlobs, *addresses: str) -> None:
        for address in addresses:
            await speech.put(speech_key(address), b"sound", "audio/wav")

    async def test_what_is_gone_is_forgotten(self, book: Any, speech: MemoryBlobs) -> None:
        await keep(book, A, B)
        await self.put(speech, A)
        check = CheckObjects(book, speech)
        seen = await check(CheckSpeech(kind="speech", dry_run=True))
        assert (seen.checked, seen.missing, seen.next) == (2, (B,), None)
        assert await known(book) == [A, B]
        assert (await check(CheckSpeech(kind="speech"))).missing == (B,)
        assert await known(book) == [A]
        assert (await check(CheckSpeech(kind="speech"))).missing == ()

    async def test_named_reads_without_a_row_are_missing(
        self, book: Any, speech: MemoryBlobs
    ) -> None:
        await keep(book, A)
        await self.put(speech, A, B)
        asked = CheckSpeech(kind="speech", names=(A, B))
        assert (await CheckObjects(book, speech)(asked)).missing == (B,)

    async def test_pages_follow_each_other(self, book: Any, speech: MemoryBlobs) -> None:
        await keep(book, A, B, C)
        check, pages, after = CheckObjects(book, speech), [], ""
        while True:
            page = await check(CheckSpeech(kind="speech", after=after, limit=2))
            pages.append(page.missing)
            if page.next is None:
                break
            after = page.next
        assert pages == [(A, B), (C,)]
        assert await known(book) == []

    async def test_orphans_go_after_their_grace(self, book: Any, speech: MemoryBlobs) -> None:
        await keep(book, A)
        await self.put(speech, A, B, C)
        listing = MemoryListing(speech)
        listing.written[speech_key(B)] = NOW - timedelta(hours=2)
        listing.written[speech_key(C)] = NOW - timedelta(minutes=1)
        listing.written[speech_key(A)] = NOW - timedelta(days=9)
        sweep = SweepObjects(book, speech, listing, lambda: NOW)
        asked = SweepSpeech(kind="speech", grace_seconds=3600)
        seen = await sweep(asked.model_copy(update={"dry_run": True}))
        assert (seen.checked, seen.orphans, seen.deleted) == (3, 2, 0)
        swept = await sweep(asked)
        assert (swept.orphans, swept.deleted, swept.next) == (2, 1, None)
        assert list(speech) == [speech_key(A), speech_key(C)]
        async with book.begin() as unit:
            assert await unit.claim(B, 60)

    async def test_a_read_that_is_being_spoken_is_left_alone(
        self, book: Any, speech: MemoryBlobs
    ) -> None:
        await self.put(speech, A)
        async with book.begin() as unit:
            assert await unit.claim(A, 60)
        listing = MemoryListing(speech)
        listing.written[speech_key(A)] = NOW - timedelta(days=1)
        sweep = SweepObjects(book, speech, listing, lambda: NOW)
        swept = await sweep(SweepSpeech(kind="speech", grace_seconds=0))
        assert (swept.orphans, swept.deleted) == (1, 0)
        assert list(speech) == [speech_key(A)]


class TestInMemory(ReconcilingContract):
    @pytest.fixture
    def book(self, memory_book: Any) -> Any:
        return memory_book

    async def test_whatever_goes_leaves_an_entry(self, book: Any, speech: MemoryBlobs) -> None:
        await keep(book, A, B)
        await self.put(speech, A, C)
        listing = MemoryListing(speech)
        listing.written[speech_key(C)] = NOW - timedelta(days=1)
        check, sweep = CheckObjects(book, speech), SweepObjects(book, speech, listing, lambda: NOW)
        for dry_run in (True, False, False):
            await check(CheckSpeech(kind="speech", dry_run=dry_run, actor="jo"))
            await sweep(SweepSpeech(kind="speech", grace_seconds=60, dry_run=dry_run, actor="jo"))
        entries = [m for m in book.sent if isinstance(m, AuditRecorded)]
        assert [(e.actor, e.action, e.subject, e.after) for e in entries] == [
            ("jo", "objects.forget", "objects:speech", {"forgotten": 1}),
            ("jo", "objects.sweep", "objects:speech", {"objects": 1, "grace_seconds": 60}),
        ]


@pytest.mark.real
class TestOnPostgres(ReconcilingContract):
    @pytest.fixture
    async def book(self, database: Any) -> PostgresReadBook:
        engine = (await database("tts")).engine
        return PostgresReadBook(Transactions(engine, producer="tts", relay=None))
