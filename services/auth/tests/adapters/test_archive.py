"""An archive on the real parts: rows in Postgres, sound and archive in the object store."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import zipfile
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from ab_auth.adapters.archive import CHUNK_BYTES, StoredArchives
from ab_auth.adapters.export_rows import PostgresExports
from ab_auth.domain.exports import LEASE, begun, finished, given_up, moved
from ab_auth.usecases.forget_exports import ForgetExports
from ab_auth.usecases.make_exports import MakeExports
from ab_shared.contracts.exporting import ExportedFile, ExportedRecord, ExportPage
from ab_shared.contracts.media import AssetRef
from ab_shared.database.transaction import Transactions
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase

sys.path.insert(0, str(Path(__file__).parents[1]))
from export_memory import MemorySource

pytestmark = pytest.mark.real
LARGE = bytes(range(256)) * (CHUNK_BYTES // 100)


@pytest.fixture
async def exports(database: NewDatabase) -> PostgresExports:
    made = await database("auth")
    return PostgresExports(Transactions(made.engine, producer="auth", relay=None))


def sound(name: str, key: str, data: bytes, sha256: str | None = None) -> ExportedFile:
    digest = sha256 or hashlib.sha256(data).hexdigest()
    asset = AssetRef(key=key, bytes=len(data), sha256=digest, duration_ms=1)
    return ExportedFile(name=name, asset=asset)


async def test_what_is_asked_for_lies_in_the_store_and_goes_again(
    exports: PostgresExports, object_store: ObjectStore
) -> None:
    clock = FakeClock()
    await object_store.put("tracks/a.m4a", LARGE, "audio/mp4")
    await object_store.put("tracks/b.m4a", b"other bytes", "audio/mp4")
    files = (
        sound("one/affirmations.m4a", "tracks/a.m4a", LARGE),
        sound("two/affirmations.m4a", "tracks/gone.m4a", b"gone"),
        sound("three/affirmations.m4a", "tracks/b.m4a", b"right bytes"),
        sound("four/affirmations.m4a", "tracks/a.m4a", LARGE * 9),
    )
    lines = {"title": "Café", "affirmations": ["I am “calm”.", "漢"]}
    pages = [
        ExportPage(records=(ExportedRecord(kind="sessions", data=lines),), files=files),
        ExportPage(records=(ExportedRecord(kind="sessions", data={"title": "2"}),)),
        ExportPage(records=(ExportedRecord(kind="jobs", data={"stage": "ready"}),)),
    ]
    archives = StoredArchives(object_store, max_bytes=4 * len(LARGE))
    make = MakeExports(exports, [MemorySource("session", pages)], archives, clock)
    async with exports.begin() as unit:
        await unit.add(begun(uuid4(), "user", "issuer", clock()))
    assert await make() == 1
    async with exports.begin() as unit:
        done = await unit.newest("user")
    assert done is not None
    assert done.archive is not None
    stored = await object_store.get(done.archive.key)
    assert (len(stored), hashlib.sha256(stored).hexdigest()) == (
        done.archive.bytes,
        done.archive.sha256,
    )
    with zipfile.ZipFile(BytesIO(stored)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("session/sessions.json")) == [lines, {"title": "2"}]
        assert json.loads(archive.read("session/jobs.json")) == [{"stage": "ready"}]
        assert archive.read("audio/one/affirmations.m4a") == LARGE
        left_out = {
            row["file"]: row["reason"] for row in json.loads(archive.read("not-included.json"))
        }
        assert "stored" in left_out["audio/two/affirmations.m4a"]
        assert "damaged" in left_out["audio/three/affirmations.m4a"]
        assert "large" in left_out["audio/four/affirmations.m4a"]
        assert "not-included.json" in archive.read("README.txt").decode()
    clock.advance(timedelta(days=7).total_seconds())
    assert await ForgetExports(exports, archives, clock)() == 1
    assert await object_store.head(done.archive.key) is None


async def test_each_row_is_taken_once_and_kept_by_its_holder_only(
    exports: PostgresExports,
) -> None:
    now: datetime = FakeClock()()
    async with exports.begin() as unit:
        for number in range(5):
            await unit.add(begun(uuid4(), f"user {number}", "issuer", now))

    async def take() -> str | None:
        async with exports.begin() as unit:
            taken = await unit.take(now)
            await asyncio.sleep(0.02)
            return taken.user_id if taken else None

    taken = await asyncio.gather(*(take() for _ in range(7)))
    assert sorted(one for one in taken if one) == [f"user {number}" for number in range(5)]
    async with exports.begin() as unit:
        first = await unit.newest("user 0")
        assert first is not None
        assert (await unit.keep(moved(first, "packing", 0.5, now))) is True
        await unit.renew(first, now + 2 * LEASE)
        # Everybody else's lease has run out by then.
        again = [await unit.take(now + LEASE) for _ in range(5)]
    assert sorted(one.attempt for one in again if one) == [2, 2, 2, 2]
    async with exports.begin() as unit:
        current = await unit.newest("user 0")
        assert current is not None
        assert (current.stage, current.progress) == ("packing", 0.5)
        assert await unit.keep(finished(current, 1, "a" * 64, now)) is True
        # What is over stays as it is.
        assert await unit.keep(given_up(current, now, again=False)) is False
        assert await unit.forget([current.job_id]) == 1
        assert await unit.keep(current) is False
        assert await unit.of_user("user 0") == []
