"""A stem is made once per recipe and published under an address that its content decides."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from ab_shared.contracts import commands
from ab_shared.contracts.events import StemPublished
from ab_shared.contracts.stems import Stem, stem_with_id
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.domain.stems import catalogue
from ab_stitching.domain.stems.catalogue import recipe_version
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.usecases.publish_stem import PublishStem

STEM_ID = "solfeggio_528"
COMMAND = commands.PublishStem(stem_id=STEM_ID)


class Scripted:
    """Implements the engine's part for stems: writes what it is told and counts."""

    def __init__(self, folder: Path, content: bytes = b"a loop") -> None:
        self.folder = folder
        self.content = content
        self.made: list[str] = []

    @asynccontextmanager
    async def stem(self, stem: Stem) -> AsyncIterator[RenderedStem]:
        self.made.append(stem.stem_id)
        path = self.folder / stem.file_name
        path.write_bytes(self.content)
        yield RenderedStem(
            stem=stem,
            recipe_version=recipe_version(stem),
            path=path,
            size=len(self.content),
            sha256=hashlib.sha256(self.content).hexdigest(),
            duration_ms=180_224,
            lufs=-34.0,
            true_peak_db=-30.0,
            needs_runtime_crossfade=False,
            seam_risk_score=0.1,
        )
        path.unlink()


@pytest.fixture
def engine(tmp_path: Path) -> Scripted:
    return Scripted(tmp_path)


@pytest.fixture
def media() -> MemoryBlobs:
    return MemoryBlobs()


@pytest.fixture
def publish(memory_library: Any, media: MemoryBlobs, engine: Any) -> PublishStem:
    return PublishStem(memory_library, media, engine)


async def test_a_stem_is_made_once_and_announced_whenever_asked(
    publish: PublishStem, engine: Scripted, memory_library: Any, media: MemoryBlobs
) -> None:
    await publish(COMMAND)
    await publish(COMMAND)
    first, again = memory_library.sent
    assert engine.made == [STEM_ID]
    assert first == again
    assert list(media) == [first.asset.key]
    assert first.asset.key.startswith("stems/")
    assert first.asset.key.endswith("/solfeggio_528_3min.m4a")


async def test_a_new_recipe_is_made_beside_the_old_object(
    publish: PublishStem,
    engine: Scripted,
    memory_library: Any,
    media: MemoryBlobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await publish(COMMAND)
    monkeypatch.setattr(catalogue, "_TONE_VERSION", "next")
    engine.content = b"another loop"
    await publish(COMMAND)
    await publish(COMMAND)
    first, second, third = memory_library.sent
    assert engine.made == [STEM_ID, STEM_ID]
    assert (first.recipe_version, second.recipe_version) == ("stem-1/1", "stem-1/next")
    assert second == third
    # Signed addresses still point at the old one.
    assert set(media) == {first.asset.key, second.asset.key}
    assert len(set(media)) == 2


async def test_the_version_alone_moves_the_address(
    publish: PublishStem, memory_library: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(COMMAND)
    monkeypatch.setattr(catalogue, "_TONE_VERSION", "next")
    await publish(COMMAND)
    first, second = memory_library.sent
    assert first.asset.sha256 == second.asset.sha256
    assert first.asset.key != second.asset.key


async def test_a_stem_that_was_not_stored_is_not_known(
    publish: PublishStem, engine: Scripted, memory_library: Any, media: MemoryBlobs
) -> None:
    media.down = True
    with pytest.raises(DependencyUnavailable):
        await publish(COMMAND)
    assert memory_library.stems == {}
    assert memory_library.sent == []
    media.down = False
    await publish(COMMAND)
    assert engine.made == [STEM_ID, STEM_ID]
    assert isinstance(memory_library.sent[0], StemPublished)


async def test_the_same_recipe_has_the_same_address_on_another_day(memory_library: Any) -> None:
    stem = stem_with_id(STEM_ID)
    assert stem
    keys = set()
    for _ in range(2):
        media = MemoryBlobs()
        memory_library.stems.clear()
        await PublishStem(memory_library, media, Workshop(threads=1))(COMMAND)
        keys |= set(media)
    first, second = memory_library.sent
    assert len(keys) == 1
    assert first == second
    assert first.loudness_lufs == pytest.approx(-34, abs=0.1)
    assert not first.needs_runtime_crossfade
    assert 0 <= first.seam_risk_score < 0.5
