"""Sounds that are gone are forgotten; those that nobody knows go after their grace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.contracts.reconciling import CheckAudio, Kind, SweepAudio
from ab_shared.database.transaction import Transactions
from ab_shared.errors import ValidationFailed
from ab_shared.storage.keys import mixdown_key, prepared_key, stem_key, track_key
from ab_shared.testing.memory_listing import MemoryListing
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters.mixdown_rows import PostgresMixdowns
from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.usecases.check_objects import CheckObjects
from ab_stitching.usecases.sweep_objects import Bucket, SweepObjects
from mixdown_memory import MemoryMixdowns

NOW = datetime(2026, 1, 2, tzinfo=UTC)
A, B, STEM = "a" * 64, "b" * 64, "alpha_10hz_400"
FILE = b"a file"


async def asset(blobs: MemoryBlobs, key: str) -> AssetRef:
    await blobs.put(key, FILE, "audio/mp4")
    info = await blobs.head(key)
    assert info is not None
    assert info.sha256 is not None
    return AssetRef(key=key, bytes=info.bytes, sha256=info.sha256, duration_ms=1)


async def fill(library: Any, mixdowns: Any, blobs: MemoryBlobs) -> dict[Kind, tuple[str, str]]:
    """One sound of each kind with its object; names and keys."""
    read = ReadPrepared(
        speech_address=B, prepared_address=A, duration_ms=1, prepared=True, preparation_ms=1
    )
    await blobs.put(prepared_key(A), FILE, "application/octet-stream")
    track = TrackRendered(
        track_address=A,
        asset=await asset(blobs, track_key(A)),
        loudness_lufs=-20.0,
        true_peak_dbtp=-2.0,
        segments=(),
        engine_mode="splice",
        profile_version="voice-1",
        render_ms=1,
    )
    stem = StemPublished(
        stem_id=STEM,
        recipe_version="1",
        asset=await asset(blobs, stem_key(A, "alpha.m4a")),
        loudness_lufs=-34.0,
        true_peak_dbtp=-30.0,
        needs_runtime_crossfade=False,
        seam_risk_score=0.1,
    )
    mixdown = MixdownRendered(
        mixdown_address=A,
        asset=await asset(blobs, mixdown_key(A, "Calm evening.m4a")),
        loudness_lufs=-20.0,
        true_peak_dbtp=-2.0,
        profile_version="mixdown-1",
        render_ms=1,
    )
    async with mixdowns.begin() as unit:
        await unit.keep_mixdown(mixdown)
    async with library.begin() as unit:
        await unit.keep_prepared(read)
        await unit.keep_track(track)
        await unit.keep_stem(stem)
    return {
        "prepared": (A, prepared_key(A)),
        "track": (A, track.asset.key),
        "stem": (STEM, stem.asset.key),
        "mixdown": (A, mixdown.asset.key),
    }


KINDS: tuple[Kind, ...] = ("prepared", "track", "stem", "mixdown")


class ReconcilingContract:
    """On every library."""

    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return MemoryBlobs()

    @pytest.mark.parametrize("kind", KINDS)
    async def test_what_is_gone_is_forgotten(
        self, library: Any, mixdowns: Any, blobs: MemoryBlobs, kind: Kind
    ) -> None:
        name, key = (await fill(library, mixdowns, blobs))[kind]
        check = CheckObjects(library, dict.fromkeys(KINDS, blobs))
        assert (await check(CheckAudio(kind=kind))).missing == ()
        await blobs.delete(key)
        for dry_run in (True, True, False):
            found = await check(CheckAudio(kind=kind, dry_run=dry_run))
            assert (found.checked, found.missing) == (1, (name,))
        assert (await check(CheckAudio(kind=kind))).checked == 0
        assert (await check(CheckAudio(kind=kind, names=(name,)))).missing == (name,)
        others = [await check(CheckAudio(kind=other)) for other in KINDS if other != kind]
        assert [other.checked for other in others] == [1, 1, 1]

    @pytest.mark.parametrize("kind", ["track", "mixdown"])
    async def test_a_file_of_another_content_is_gone(
        self, library: Any, mixdowns: Any, blobs: MemoryBlobs, kind: Kind
    ) -> None:
        name, key = (await fill(library, mixdowns, blobs))[kind]
        await blobs.put(key, b"b file", "audio/mp4")
        check = CheckObjects(library, {kind: blobs})
        assert (await check(CheckAudio(kind=kind))).missing == (name,)

    @pytest.mark.parametrize("kind", KINDS)
    async def test_orphans_go_after_their_grace(
        self, library: Any, mixdowns: Any, blobs: MemoryBlobs, kind: Kind
    ) -> None:
        _, kept = (await fill(library, mixdowns, blobs))[kind]
        stray, young = kept.replace(A, B), kept.replace(A, "c" * 64)
        for key in (stray, young):
            await blobs.put(key, FILE, "audio/mp4")
        listing = MemoryListing(blobs)
        listing.written = {
            kept: NOW - timedelta(days=9),
            stray: NOW - timedelta(days=2),
            young: NOW - timedelta(minutes=5),
        }
        buckets = dict.fromkeys(KINDS, Bucket(blobs, listing))
        sweep = SweepObjects(library, buckets, lambda: NOW)
        asked = SweepAudio(kind=kind, grace_seconds=86400)
        seen = await sweep(asked.model_copy(update={"dry_run": True}))
        assert (seen.checked, seen.orphans, seen.deleted) == (3, 2, 0)
        swept = await sweep(asked)
        assert (swept.orphans, swept.deleted) == (2, 1)
        assert stray not in blobs.objects
        assert {kept, young} <= blobs.objects.keys()

    async def test_what_is_made_elsewhere_is_refused(
        self, library: Any, blobs: MemoryBlobs
    ) -> None:
        with pytest.raises(ValidationFailed):
            await CheckObjects(library, {"track": blobs})(CheckAudio(kind="speech"))
        asked = SweepAudio(kind="speech", grace_seconds=1)
        with pytest.raises(ValidationFailed):
            await SweepObjects(library, {}, lambda: NOW)(asked)


class TestInMemory(ReconcilingContract):
    @pytest.fixture
    def library(self, memory_library: Any) -> Any:
        return memory_library

    @pytest.fixture
    def mixdowns(self, library: Any) -> MemoryMixdowns:
        known = MemoryMixdowns()
        known.files = library.mixdowns
        return known

    async def test_whatever_goes_leaves_an_entry(
        self, library: Any, mixdowns: Any, blobs: MemoryBlobs
    ) -> None:
        _, key = (await fill(library, mixdowns, blobs))["track"]
        await blobs.delete(key)
        await blobs.put(track_key(B), FILE, "audio/mp4")
        listing = MemoryListing(blobs)
        listing.written[track_key(B)] = NOW - timedelta(days=1)
        check = CheckObjects(library, dict.fromkeys(KINDS, blobs))
        buckets = dict.fromkeys(KINDS, Bucket(blobs, listing))
        sweep = SweepObjects(library, buckets, lambda: NOW)
        for dry_run in (True, False, False):
            await check(CheckAudio(kind="track", dry_run=dry_run, actor="jo"))
            await sweep(SweepAudio(kind="track", grace_seconds=60, dry_run=dry_run, actor="jo"))
        entries = [m for m in library.transactions.sent if isinstance(m, AuditRecorded)]
        assert [(e.actor, e.action, e.subject, e.after) for e in entries] == [
            ("jo", "objects.forget", "objects:track", {"forgotten": 1}),
            ("jo", "objects.sweep", "objects:track", {"objects": 1, "grace_seconds": 60}),
        ]


@pytest.mark.real
class TestOnPostgres(ReconcilingContract):
    @pytest.fixture
    async def transactions(self, database: Any) -> Transactions:
        engine = (await database("stitching")).engine
        return Transactions(engine, producer="stitching", relay=None)

    @pytest.fixture
    def library(self, transactions: Transactions) -> PostgresLibrary:
        return PostgresLibrary(transactions)

    @pytest.fixture
    def mixdowns(self, transactions: Transactions) -> PostgresMixdowns:
        return PostgresMixdowns(transactions)
