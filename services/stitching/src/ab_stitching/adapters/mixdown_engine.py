"""Three files and a plan → one offline file, in blocks of a second and flat memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ab_stitching.adapters.mixdown_file import write_file
from ab_stitching.adapters.mixdown_loops import ScratchLoop, open_loop
from ab_stitching.domain.mixdown import CEILING_DB, Loops, MixdownPlan, RenderedMixdown
from ab_stitching.domain.mixdown_limiter import StreamLimiter
from ab_stitching.domain.mixdown_loudness import mixdown_loudness
from ab_stitching.domain.mixdown_mix import curve_of, mixed
from ab_stitching.domain.pcm import Pcm, decibels, ratio

Watch = Callable[[float], None]
"""Hears after each block how far the work is, 0 to 1; stops it by raising."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A layer on disk, and how long it must be."""

    path: Path
    duration_ms: int


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The three layers on disk."""

    voice: SourceFile
    brain_layer: SourceFile
    background: SourceFile


def render_mixdown(
    plan: MixdownPlan, sources: SourceFiles, destination: Path, watch: Watch
) -> RenderedMixdown:
    """Mixes and encodes one file; scratch files lie beside ``destination`` meanwhile.

    Raises:
        Unreadable: a layer cannot be decoded, or is not as long as it should be.
        OSError: no room on the disk.
    """
    with ExitStack() as stack:

        def opened(source: SourceFile, planes: int) -> ScratchLoop:
            folder = destination.parent
            loop = open_loop(source.path, folder, planes=planes, duration_ms=source.duration_ms)
            return stack.enter_context(loop)

        # Speech is mono: its track is the same in both ears.
        voice = opened(sources.voice, 1)
        loops = Loops(voice, opened(sources.brain_layer, 2), opened(sources.background, 2))
        curve = curve_of(plan, voice.length)
        limiter = StreamLimiter(ratio(CEILING_DB))
        blocks = _watched(limiter.limited(mixed(plan, loops, curve)), plan.length, watch)
        written = write_file(blocks, plan, destination)
    return RenderedMixdown(
        path=written.path,
        size=written.size,
        sha256=written.sha256,
        duration_ms=plan.minutes * 60_000,
        lufs=mixdown_loudness(plan, voice.powers, curve),
        true_peak_db=decibels(limiter.highest),
    )


def _watched(blocks: Iterable[Pcm], length: int, watch: Watch) -> Iterator[Pcm]:
    done = 0
    for block in blocks:
        yield block
        done += block.shape[1]
        watch(done / length)
