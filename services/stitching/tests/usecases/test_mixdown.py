"""Offline files asked for twice, cancelled, interrupted, and made of things that are gone."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.mixdowns import (
    CancelMixdown,
    MixdownFailed,
    MixdownProgressed,
    MixdownRendered,
    RenderMixdown,
)
from ab_shared.contracts.rpc import Layer, Mix
from ab_shared.errors import DependencyUnavailable
from ab_shared.storage.keys import mixdown_key
from ab_shared.testing.memory_store import MemoryBlobs
from ab_stitching.domain.mixdown import MixdownPlan, MixdownWatch, RenderedMixdown
from ab_stitching.ports import MixdownLayers
from ab_stitching.usecases import cancel_mixdown, render_mixdown
from mixdown_memory import PATIENCE, MemoryMixdowns

ADDRESS = "d4" * 32
FIRST, SECOND = UUID(int=1), UUID(int=2)
LAYERS = {"voice.m4a": b"voice", "brain.m4a": b"brain", "bed.m4a": b"bed"}
KEY = mixdown_key(ADDRESS, "mixdown.m4a")


class Desk:
    """Implements ``MixdownEngine``: mixes as far as it is let, then waits."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.plans: list[MixdownPlan] = []
        self.stops: list[str] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.half_way = asyncio.Event()
        self.fails_with: Exception | None = None

    @asynccontextmanager
    async def mixdown(
        self, plan: MixdownPlan, layers: MixdownLayers, watch: MixdownWatch
    ) -> AsyncIterator[RenderedMixdown]:
        self.plans.append(plan)
        assert layers.voice.file == b"voice"
        watch.note(0.5)
        self.half_way.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.stops.append("cancelled")
            raise
        if self.fails_with is not None:
            raise self.fails_with
        path = self._folder / "out"
        path.write_bytes(b"a mixdown")
        digest = hashlib.sha256(b"a mixdown").hexdigest()
        yield RenderedMixdown(path, 9, digest, plan.minutes * 60_000, -19.8123, -2.0)


class Rig:
    def __init__(self, folder: Path) -> None:
        self.mixdowns = MemoryMixdowns()
        self.media = MemoryBlobs()
        self.desk = Desk(folder)
        self.render = render_mixdown.RenderMixdown(
            self.mixdowns, self.media, self.desk, look_seconds=0.01
        )
        self.cancel = cancel_mixdown.CancelMixdown(self.mixdowns)

    def sent(self, kind: type[object]) -> list[object]:
        return [message for message in self.mixdowns.sent if isinstance(message, kind)]


@pytest.fixture
async def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    for name, content in LAYERS.items():
        await rig.media.put(name, content, "audio/mp4")
    return rig


def layer(name: str) -> Layer:
    content = LAYERS[name]
    asset = AssetRef(
        key=name,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        duration_ms=20_000,
    )
    return Layer(asset=asset, loudness_lufs=-20)


def order(job_id: UUID = FIRST) -> RenderMixdown:
    return RenderMixdown(
        mixdown_address=ADDRESS,
        job_id=job_id,
        title="Calm",
        minutes=30,
        format="m4a",
        fade_out=True,
        mix=Mix(affirmations=0.9),
        voice=layer("voice.m4a"),
        segments=(Segment(start_ms=500, end_ms=2000),),
        brain_layer=layer("brain.m4a"),
        background=layer("bed.m4a"),
    )


async def test_a_file_is_made_and_announced(rig: Rig) -> None:
    await rig.render(order())
    (event,) = rig.sent(MixdownRendered)
    assert isinstance(event, MixdownRendered)
    assert event.asset.key == KEY
    assert event.asset.duration_ms == 1_800_000
    assert event.loudness_lufs == -19.812
    assert await rig.media.get(KEY) == b"a mixdown"
    (plan,) = rig.desk.plans
    assert [(v.start_ms, v.end_ms) for v in plan.segments] == [(500, 2000)]
    assert (plan.volumes.voice, plan.fade_out, plan.minutes) == (0.9, True, 30)


async def test_the_same_again_is_announced_and_not_made(rig: Rig) -> None:
    await rig.render(order())
    await rig.render(order())
    await rig.render(order(SECOND))
    first, *others = rig.sent(MixdownRendered)
    assert others == [first, first]
    assert len(rig.desk.plans) == 1


async def test_a_file_that_got_lost_is_made_again(rig: Rig) -> None:
    await rig.render(order())
    await rig.media.delete(KEY)
    await rig.render(order(SECOND))
    assert len(rig.desk.plans) == 2
    assert await rig.media.get(KEY) == b"a mixdown"


async def test_a_job_cancelled_before_it_begins_is_not_worked_on(rig: Rig) -> None:
    await rig.cancel(CancelMixdown(mixdown_address=ADDRESS, job_ids=(FIRST,)))
    await rig.cancel(CancelMixdown(mixdown_address=ADDRESS, job_ids=(FIRST,)))
    await rig.render(order())
    assert not rig.desk.plans
    assert not rig.mixdowns.sent


async def test_a_running_job_stops_when_it_is_cancelled(rig: Rig) -> None:
    rig.desk.go_on.clear()
    work = asyncio.create_task(rig.render(order()))
    await asyncio.wait_for(rig.desk.half_way.wait(), PATIENCE)
    await rig.cancel(CancelMixdown(mixdown_address=ADDRESS, job_ids=(FIRST,)))
    await asyncio.wait_for(work, PATIENCE)
    assert rig.desk.stops == ["cancelled"]
    assert not rig.sent(MixdownRendered)
    assert not rig.sent(MixdownFailed)
    assert await rig.media.head(KEY) is None


async def test_the_next_job_for_the_same_file_is_not_hit_by_it(rig: Rig) -> None:
    await rig.cancel(CancelMixdown(mixdown_address=ADDRESS, job_ids=(FIRST,)))
    await rig.render(order(SECOND))
    assert len(rig.sent(MixdownRendered)) == 1


async def test_progress_is_told_once_a_step(rig: Rig) -> None:
    rig.desk.go_on.clear()
    work = asyncio.create_task(rig.render(order()))
    await rig.mixdowns.until(lambda: bool(rig.sent(MixdownProgressed)))
    looked = rig.mixdowns.opened
    await rig.mixdowns.until(lambda: rig.mixdowns.opened >= looked + 5)
    rig.desk.go_on.set()
    await work
    assert rig.sent(MixdownProgressed) == [MixdownProgressed(mixdown_address=ADDRESS, progress=0.5)]


async def test_a_process_that_ends_stops_the_work_and_leaves_the_command(rig: Rig) -> None:
    rig.desk.go_on.clear()
    work = asyncio.create_task(rig.render(order()))
    await asyncio.wait_for(rig.desk.half_way.wait(), PATIENCE)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert rig.desk.stops == ["cancelled"]
    rig.desk.go_on.set()
    await rig.render(order())
    assert len(rig.sent(MixdownRendered)) == 1


@pytest.mark.parametrize(
    ("name", "said"), [("voice.m4a", "voice"), ("brain.m4a", "brain layer"), ("bed.m4a", "backg")]
)
@pytest.mark.parametrize("damaged", [False, True])
async def test_a_layer_that_is_gone_or_damaged_fails_the_job(
    rig: Rig, name: str, said: str, *, damaged: bool
) -> None:
    if damaged:
        await rig.media.put(name, b"x" * len(LAYERS[name]), "audio/mp4")
    else:
        await rig.media.delete(name)
    await rig.render(order())
    (event,) = rig.sent(MixdownFailed)
    assert isinstance(event, MixdownFailed)
    assert (event.job_id, event.code) == (FIRST, "ASSET_ERROR")
    assert said in event.message
    assert await rig.media.head(KEY) is None


async def test_a_full_disk_is_tried_again(rig: Rig) -> None:
    rig.desk.fails_with = DependencyUnavailable("There is no room to make a mixdown")
    with pytest.raises(DependencyUnavailable):
        await rig.render(order())
    assert not rig.mixdowns.sent or not rig.sent(MixdownFailed)


async def test_a_database_that_is_away_does_not_cost_the_work(rig: Rig) -> None:
    rig.desk.go_on.clear()
    work = asyncio.create_task(rig.render(order()))
    await asyncio.wait_for(rig.desk.half_way.wait(), PATIENCE)
    rig.mixdowns.away = True
    failures = rig.mixdowns.refused
    await rig.mixdowns.until(lambda: rig.mixdowns.refused >= failures + 2)
    rig.mixdowns.away = False
    rig.desk.go_on.set()
    await work
    assert len(rig.sent(MixdownRendered)) == 1
