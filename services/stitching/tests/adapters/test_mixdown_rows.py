"""What is known of offline files, in memory and in Postgres alike."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.database.transaction import Transactions
from ab_stitching.adapters.mixdown_rows import PostgresMixdowns
from mixdown_memory import MemoryMixdowns
from sqlalchemy import text

FILE = MixdownRendered(
    mixdown_address="d" * 64,
    asset=AssetRef(key="mixdowns/x/a.m4a", bytes=10, sha256="c" * 64, duration_ms=300_000),
    loudness_lufs=-19.9,
    true_peak_dbtp=-2.0,
    profile_version="mixdown-1",
    render_ms=2000,
)
ONE, TWO = UUID(int=1), UUID(int=2)


class MixdownsContract:
    """What every store of mixdowns does."""

    async def test_the_last_file_under_an_address_is_kept(self, mixdowns: Any) -> None:
        again = FILE.model_copy(update={"render_ms": 9})
        for file in (FILE, again):
            async with mixdowns.begin() as unit:
                await unit.keep_mixdown(file)
        async with mixdowns.begin() as unit:
            assert await unit.mixdown(FILE.mixdown_address) == again
            assert await unit.mixdown("e" * 64) is None

    async def test_cancelled_jobs_stay_cancelled(self, mixdowns: Any) -> None:
        for _ in range(2):
            async with mixdowns.begin() as unit:
                await unit.cancel((ONE,))
        async with mixdowns.begin() as unit:
            assert await unit.cancelled(ONE)
            assert not await unit.cancelled(TWO)


class TestMemoryMixdowns(MixdownsContract):
    @pytest.fixture
    def mixdowns(self) -> MemoryMixdowns:
        return MemoryMixdowns()


@pytest.mark.real
class TestPostgresMixdowns(MixdownsContract):
    @pytest.fixture
    async def engine(self, database: Any) -> Any:
        return (await database("stitching")).engine

    @pytest.fixture
    def mixdowns(self, engine: Any) -> PostgresMixdowns:
        return PostgresMixdowns(Transactions(engine, producer="stitching", relay=None))

    async def test_what_is_past_is_forgotten(self, mixdowns: Any, engine: Any) -> None:
        async with mixdowns.begin() as unit:
            await unit.cancel((ONE,))
        async with engine.begin() as connection:
            earlier = "UPDATE cancelled_mixdowns SET cancelled_at = now() - interval '3 days'"
            await connection.execute(text(earlier))
        async with mixdowns.begin() as unit:
            await unit.cancel((TWO,))
        async with mixdowns.begin() as unit:
            assert not await unit.cancelled(ONE)
            assert await unit.cancelled(TWO)
