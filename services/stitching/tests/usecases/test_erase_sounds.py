"""Sounds of somebody who is erased go, row and object, unless they were asked for since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_shared.contracts.events import ReadPrepared, TrackRendered
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.contracts.offline import DropMixdowns as Unwanted
from ab_shared.contracts.privacy import EraseAudio
from ab_shared.contracts.reconciling import Kind
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.context import Context, bound
from ab_shared.storage.keys import mixdown_key, prepared_key, track_key
from ab_shared.storage.ports import Blobs
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.infra import NewDatabase
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters.erasing import PostgresErasing
from ab_stitching.adapters.mixdown_rows import PostgresMixdowns
from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.usecases.drop_mixdowns import DropMixdowns
from ab_stitching.usecases.erase_sounds import EraseSounds
from sqlalchemy import text

pytestmark = pytest.mark.real
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
EARLIER, LATER = AT - timedelta(minutes=1), AT + timedelta(seconds=1)
A, B = "a" * 64, "b" * 64
KINDS: tuple[Kind, ...] = ("prepared", "track", "mixdown")
KEYS = {
    "prepared": prepared_key,
    "track": track_key,
    "mixdown": lambda address: mixdown_key(address, "Calm evening.m4a"),
}
OUTBOX = text("SELECT envelope::jsonb -> 'data' AS told FROM outbox ORDER BY id")


def asset(key: str) -> AssetRef:
    return AssetRef(key=key, bytes=6, sha256="c" * 64, duration_ms=1)


def read(address: str) -> ReadPrepared:
    return ReadPrepared(
        speech_address=address,
        prepared_address=address,
        duration_ms=1,
        prepared=True,
        preparation_ms=1,
    )


def track(address: str) -> TrackRendered:
    return TrackRendered(
        track_address=address,
        asset=asset(KEYS["track"](address)),
        loudness_lufs=-20.0,
        true_peak_dbtp=-2.0,
        segments=(),
        engine_mode="splice",
        profile_version="voice-1",
        render_ms=1,
    )


def file(address: str) -> MixdownRendered:
    return MixdownRendered(
        mixdown_address=address,
        asset=asset(KEYS["mixdown"](address)),
        loudness_lufs=-20.0,
        true_peak_dbtp=-2.0,
        profile_version="mixdown-1",
        render_ms=1,
    )


class Shelf:
    """The service's rows and objects, one bucket for all kinds."""

    def __init__(self, transactions: Transactions, store: ObjectStore) -> None:
        self.library, self.mixdowns = PostgresLibrary(transactions), PostgresMixdowns(transactions)
        self.erasing = PostgresErasing(transactions)
        self.transactions, self.store = transactions, store

    async def fill(self, *addresses: str, at: datetime = EARLIER) -> None:
        for address in addresses:
            for kind in KINDS:
                await self.store.put(KEYS[kind](address), b"a file", "audio/mp4")
            with bound(Context(sent_at=at)):
                async with self.library.begin() as unit:
                    await unit.keep_prepared(read(address))
                    await unit.keep_track(track(address))
                async with self.mixdowns.begin() as mixing:
                    await mixing.keep_mixdown(file(address))

    async def ask(self, kind: Kind, address: str, at: datetime) -> bool:
        with bound(Context(sent_at=at)):
            found: Any
            if kind == "mixdown":
                async with self.mixdowns.begin() as mixing:
                    found = await mixing.mixdown(address)
            else:
                async with self.library.begin() as unit:
                    asked = unit.prepared if kind == "prepared" else unit.track
                    found = await asked(address)
        return found is not None

    async def erase(self, *names: str, store: Blobs | None = None, **only: Sequence[str]) -> None:
        wanted = only or {"prepared": names, "tracks": names, "mixdowns": names}
        command = EraseAudio.model_validate(
            {"erasure_id": UUID(int=7), "part": 2, "erased_at": AT, **wanted}
        )
        shelves = dict.fromkeys(KINDS, store or self.store)
        await EraseSounds(self.erasing, shelves)(command)

    async def rows(self) -> set[tuple[Kind, str]]:
        async with self.library.begin() as unit:
            return {(k, r.name) for k in KINDS for r in await unit.census.stored(k, (), "", 100)}

    async def objects(self) -> set[tuple[Kind, str]]:
        places: list[tuple[Kind, str]] = [(kind, address) for kind in KINDS for address in (A, B)]
        return {one for one in places if await self.store.head(KEYS[one[0]](one[1])) is not None}

    async def told(self) -> list[tuple[str, int, dict[str, int]]]:
        async with self.transactions.begin() as transaction:
            rows = (await transaction.connection.execute(OUTBOX)).scalars().all()
        return [(row["service"], row["part"], row["counts"]) for row in rows]


def every(*addresses: str) -> set[tuple[Kind, str]]:
    return {(kind, address) for kind in KINDS for address in addresses}


@pytest.fixture
async def shelf(database: NewDatabase, object_store: ObjectStore) -> Shelf:
    engine = (await database("stitching")).engine
    return Shelf(Transactions(engine, producer="stitching", relay=None), object_store)


async def test_rows_and_objects_go_and_nobody_elses(shelf: Shelf) -> None:
    await shelf.fill(A, B)
    await shelf.erase(A)
    assert await shelf.rows() == await shelf.objects() == every(B)
    assert await shelf.told() == [("stitching", 2, {"mixdown": 1, "track": 1, "prepared": 1})]


async def test_an_offline_file_goes_alone(shelf: Shelf) -> None:
    await shelf.fill(A, B)
    await shelf.erase(mixdowns=(A, B))
    kept = {one for one in every(A, B) if one[0] != "mixdown"}
    assert await shelf.rows() == await shelf.objects() == kept
    assert await shelf.told() == [("stitching", 2, {"mixdown": 2, "track": 0, "prepared": 0})]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_asked_for_since_stays(shelf: Shelf, kind: Kind) -> None:
    await shelf.fill(A, B)
    assert await shelf.ask(kind, A, LATER)
    # A wish of before the erasure that comes late takes nothing back.
    assert await shelf.ask(kind, A, EARLIER)
    assert await shelf.ask(kind, B, AT)
    await shelf.erase(A, B)
    assert await shelf.rows() == await shelf.objects() == {(kind, A)}
    assert await shelf.ask(kind, A, LATER)
    assert not await shelf.ask(kind, B, LATER)


async def test_what_was_made_since_stays(shelf: Shelf) -> None:
    await shelf.fill(A, at=LATER)
    await shelf.erase(A)
    assert await shelf.rows() == await shelf.objects() == every(A)


@pytest.mark.parametrize("order", [(EARLIER, LATER), (LATER, EARLIER)])
async def test_of_two_who_made_it_at_once_the_later_wish_counts(
    shelf: Shelf, order: tuple[datetime, datetime]
) -> None:
    for at in order:
        await shelf.fill(A, at=at)
    await shelf.erase(A)
    assert await shelf.rows() == await shelf.objects() == every(A)


async def test_twice_and_what_is_gone_already_are_no_error(shelf: Shelf) -> None:
    await shelf.fill(A)
    for kind in KINDS:
        await shelf.store.delete(KEYS[kind](A))
    for _ in range(2):
        await shelf.erase(A, B)
    assert await shelf.rows() == await shelf.objects() == set()
    assert [counts["mixdown"] for _, _, counts in await shelf.told()] == [1, 0]


async def test_rows_outlive_a_store_that_is_away(shelf: Shelf) -> None:
    await shelf.fill(A)
    away = MemoryBlobs()
    away.down = True
    with pytest.raises(DependencyUnavailable):
        await shelf.erase(A, store=away)
    assert await shelf.rows() == every(A)
    assert await shelf.told() == []
    await shelf.erase(A)
    assert await shelf.rows() == await shelf.objects() == set()


async def test_offline_files_nobody_wants_go_unless_asked_for_since(shelf: Shelf) -> None:
    await shelf.fill(A, B)
    assert await shelf.ask("mixdown", A, LATER)
    drop = DropMixdowns(shelf.erasing, shelf.store)
    for _ in range(2):
        await drop(Unwanted(mixdowns=(A, B), unwanted_since=AT))
    gone = every(A, B) - {("mixdown", B)}
    assert await shelf.rows() == await shelf.objects() == gone
    # No erasure is told of: nobody was erased.
    assert await shelf.told() == []
