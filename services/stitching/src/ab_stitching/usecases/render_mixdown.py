"""Mixes an offline file, once per address."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from dataclasses import dataclass

from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import (
    MIXDOWN_TYPES,
    MIXDOWN_VERSION,
    MixdownFailed,
    MixdownProgressed,
    MixdownRendered,
)
from ab_shared.contracts.mixdowns import RenderMixdown as Command
from ab_shared.errors import ObjectMissing, PermanentError, TransientError
from ab_shared.storage.keys import mixdown_key
from ab_shared.storage.ports import Blobs

from ab_stitching.domain.activity import Voice
from ab_stitching.domain.errors import MixdownStopped, Unreadable
from ab_stitching.domain.mixdown import (
    FileFormat,
    Loudness,
    MixdownPlan,
    MixdownWatch,
    RenderedMixdown,
    Volumes,
)
from ab_stitching.ports import MixdownEngine, MixdownLayer, MixdownLayers, Mixdowns

# Finer than a progress bar shows, and some fifty events a file.
PROGRESS_STEP = 0.02
# Half of what a cancelled job may take to stop, and then half again.
LOOK_SECONDS = 0.5
FILE_NAME = "mixdown"
logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class RenderMixdown:
    """Doing it twice announces the same file twice and works once."""

    mixdowns: Mixdowns
    media: Blobs
    engine: MixdownEngine
    look_seconds: float = LOOK_SECONDS

    async def __call__(self, command: Command) -> None:
        """Announces MixdownRendered or MixdownFailed; nothing for a job that was cancelled.

        Raises:
            TransientError: a part this needs is away; the broker brings the command again.
        """
        if await self._answered(command):
            return
        try:
            event = await self._followed(command)
        except MixdownStopped:
            logger.info("A mixdown was cancelled", extra={"job": str(command.job_id)})
            return
        # A layer that is gone, too: only the session service can have it made again.
        except PermanentError as error:
            await self._fail(command, error)
            return
        async with self.mixdowns.begin() as unit:
            await unit.keep_mixdown(event)
            await unit.send(event)

    async def _answered(self, command: Command) -> bool:
        async with self.mixdowns.begin() as unit:
            if await unit.cancelled(command.job_id):
                return True
            known = await unit.mixdown(command.mixdown_address)
        # Offline files may be cleared away to save room; then the row is not worth a promise.
        if known is None or await self.media.head(known.asset.key) is None:
            return False
        async with self.mixdowns.begin() as unit:
            await unit.send(known)
        return True

    async def _followed(self, command: Command) -> MixdownRendered:
        """Works, tells how far it is, and stops when its job is cancelled."""
        watch = MixdownWatch()
        work = asyncio.create_task(self._make(command, watch))
        told = 0.0
        try:
            while not (await asyncio.wait({work}, timeout=self.look_seconds))[0]:
                told = await self._look(command, watch, told)
            return work.result()
        finally:
            watch.stop()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})

    async def _look(self, command: Command, watch: MixdownWatch, told: float) -> float:
        """How far has been told now; MixdownStopped when nobody wants it any more."""
        progress = watch.progress
        try:
            async with self.mixdowns.begin() as unit:
                if await unit.cancelled(command.job_id):
                    raise MixdownStopped("The job was cancelled")
                if progress < told + PROGRESS_STEP:
                    return told
                await unit.send(
                    MixdownProgressed(mixdown_address=command.mixdown_address, progress=progress)
                )
        except TransientError as error:
            # A database that is away for a moment is no reason to throw minutes of work away.
            logger.warning("Progress was not told", extra={"error": type(error).__name__})
            return told
        return progress

    async def _make(self, command: Command, watch: MixdownWatch) -> MixdownRendered:
        started = time.perf_counter()
        layers = MixdownLayers(
            voice=await self._fetch("voice", command.voice.asset),
            brain_layer=await self._fetch("brain layer", command.brain_layer.asset),
            background=await self._fetch("background", command.background.asset),
        )
        async with self.engine.mixdown(_plan(command), layers, watch) as made:
            # Its title is in its tags; a key, which logs and listings show, holds no one's words.
            key = mixdown_key(command.mixdown_address, f"{FILE_NAME}.{command.format}")
            await self.media.put_file(key, made.path, MIXDOWN_TYPES[command.format])
        spent_ms = round((time.perf_counter() - started) * 1000)
        logger.info("A mixdown is made", extra={"minutes": command.minutes, "render_ms": spent_ms})
        return _announcement(command, key, made, spent_ms)

    async def _fetch(self, name: str, asset: AssetRef) -> MixdownLayer:
        try:
            file = await self.media.get(asset.key, max_bytes=asset.bytes)
        except ObjectMissing as error:
            raise ObjectMissing(f"The {name} is gone", details={"layer": name}) from error
        digest = await asyncio.to_thread(hashlib.sha256, file)
        if digest.hexdigest() != asset.sha256:
            raise Unreadable(f"The {name} is damaged", details={"layer": name})
        return MixdownLayer(file, asset.duration_ms)

    async def _fail(self, command: Command, error: PermanentError) -> None:
        logger.warning("A mixdown cannot be made", extra={"error": type(error).__name__})
        failed = MixdownFailed(
            mixdown_address=command.mixdown_address,
            job_id=command.job_id,
            code=error.code,
            message=error.message,
        )
        async with self.mixdowns.begin() as unit:
            await unit.send(failed)


def _plan(command: Command) -> MixdownPlan:
    mix = command.mix
    return MixdownPlan(
        title=command.title,
        minutes=command.minutes,
        format=FileFormat(command.format),
        fade_out=command.fade_out,
        volumes=Volumes(mix.affirmations, mix.binaural, mix.background),
        loudness=Loudness(
            command.voice.loudness_lufs,
            command.brain_layer.loudness_lufs,
            command.background.loudness_lufs,
        ),
        segments=tuple(Voice(one.start_ms, one.end_ms) for one in command.segments),
    )


def _announcement(
    command: Command, key: str, made: RenderedMixdown, spent_ms: int
) -> MixdownRendered:
    return MixdownRendered(
        mixdown_address=command.mixdown_address,
        asset=AssetRef(
            key=key,
            bytes=made.size,
            sha256=made.sha256,
            content_type=MIXDOWN_TYPES[command.format],
            duration_ms=made.duration_ms,
        ),
        loudness_lufs=round(made.lufs, 3),
        true_peak_dbtp=round(made.true_peak_db, 3),
        profile_version=MIXDOWN_VERSION,
        render_ms=spent_ms,
    )
