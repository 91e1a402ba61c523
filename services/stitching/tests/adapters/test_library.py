"""The library in memory and the one in Postgres keep and forget alike."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts.events import ReadPrepared, StemPublished, TrackRendered
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.database.transaction import Transactions
from ab_stitching.adapters.postgres import PostgresLibrary

READ = ReadPrepared(
    speech_address="a" * 64,
    prepared_address="b" * 64,
    duration_ms=1500,
    prepared=True,
    preparation_ms=12,
)
ASSET = AssetRef(key="tracks/x/affirmations.m4a", bytes=10, sha256="c" * 64, duration_ms=9000)
TRACK = TrackRendered(
    track_address="d" * 64,
    asset=ASSET,
    loudness_lufs=-20.01,
    true_peak_dbtp=-2.0,
    segments=(Segment(start_ms=500, end_ms=1900),),
    engine_mode="splice",
    profile_version="voice-1",
    render_ms=20,
)
STEM = StemPublished(
    stem_id="alpha_10hz_400",
    recipe_version="1",
    asset=ASSET,
    loudness_lufs=-34.0,
    true_peak_dbtp=-30.0,
    needs_runtime_crossfade=False,
    seam_risk_score=0.1,
)


class LibraryContract:
    """What every library does."""

    async def test_reads_stay_as_first_kept_until_forgotten(self, library: Any) -> None:
        async with library.begin() as unit:
            assert await unit.prepared(READ.prepared_address) is None
            await unit.keep_prepared(READ)
            await unit.keep_prepared(READ.model_copy(update={"duration_ms": 7}))
        async with library.begin() as unit:
            assert await unit.prepared(READ.prepared_address) == READ
            await unit.forget_prepared([READ.prepared_address, "e" * 64])
            await unit.forget_prepared([])
        async with library.begin() as unit:
            assert await unit.prepared(READ.prepared_address) is None

    async def test_tracks_stay_as_first_kept(self, library: Any) -> None:
        async with library.begin() as unit:
            await unit.keep_track(TRACK)
            await unit.keep_track(TRACK.model_copy(update={"render_ms": 9}))
        async with library.begin() as unit:
            assert await unit.track(TRACK.track_address) == TRACK
            assert await unit.track("f" * 64) is None

    async def test_a_new_stem_takes_the_place_of_the_old(self, library: Any) -> None:
        newer = STEM.model_copy(update={"recipe_version": "2"})
        for stem in (STEM, newer):
            async with library.begin() as unit:
                await unit.keep_stem(stem)
        async with library.begin() as unit:
            assert await unit.stem(STEM.stem_id) == newer


class TestMemoryLibrary(LibraryContract):
    @pytest.fixture
    def library(self, memory_library: Any) -> Any:
        return memory_library


@pytest.mark.real
class TestPostgresLibrary(LibraryContract):
    @pytest.fixture
    async def library(self, database: Any) -> PostgresLibrary:
        engine = (await database("stitching")).engine
        return PostgresLibrary(Transactions(engine, producer="stitching", relay=None))
