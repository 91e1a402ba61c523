"""The mixdown engine behind a bound: one at a time, beside whatever else the process makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
from ab_shared.errors import DependencyUnavailable

from ab_stitching.adapters.metrics import timing
from ab_stitching.adapters.mixdown_engine import SourceFile, SourceFiles, render_mixdown
from ab_stitching.adapters.scratch import scratch_folder
from ab_stitching.domain.mixdown import MixdownPlan, MixdownWatch, RenderedMixdown
from ab_stitching.ports import MixdownLayer, MixdownLayers


class MixingDesk:
    """Implements ``ports.MixdownEngine``."""

    def __init__(self) -> None:
        # Not among the places for tracks: a track takes a tenth of a second and somebody waits.
        self._place = asyncio.Semaphore(1)

    @asynccontextmanager
    async def mixdown(
        self, plan: MixdownPlan, layers: MixdownLayers, watch: MixdownWatch
    ) -> AsyncIterator[RenderedMixdown]:
        """As ``mixdown_engine.render_mixdown``, in a folder that is gone after the block.

        Raises:
            DependencyUnavailable: no room on the disk.
        """
        with scratch_folder() as folder:
            async with self._place:
                with timing("mixdown") as sound:
                    made = await _in_a_thread(plan, layers, folder, watch)
                    sound.append(made.duration_ms / 1000)
            yield made


async def _in_a_thread(
    plan: MixdownPlan, layers: MixdownLayers, folder: Path, watch: MixdownWatch
) -> RenderedMixdown:
    loop = asyncio.get_running_loop()
    running = loop.run_in_executor(None, _render, plan, layers, folder, watch)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        # The thread writes into a folder that is about to go: it is told to stop, and waited for.
        watch.stop()
        await asyncio.wait({running})
        raise


def _render(
    plan: MixdownPlan, layers: MixdownLayers, folder: Path, watch: MixdownWatch
) -> RenderedMixdown:
    try:
        sources = SourceFiles(
            voice=_kept(layers.voice, folder / "voice.m4a"),
            brain_layer=_kept(layers.brain_layer, folder / "brain-layer.m4a"),
            background=_kept(layers.background, folder / "background.m4a"),
        )
        destination = folder / f"mixdown.{plan.format.value}"
        return render_mixdown(plan, sources, destination, watch.note)
    except (OSError, av.FFmpegError) as error:
        # What comes in was decoded by now: this is the disk, and trying again later may help.
        raise DependencyUnavailable("There is no room to make a mixdown") from error


def _kept(layer: MixdownLayer, path: Path) -> SourceFile:
    path.write_bytes(layer.file)
    return SourceFile(path, layer.duration_ms)
