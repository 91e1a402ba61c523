"""Makes a brain layer or a background and publishes it, once per recipe."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hashlib import sha256

from ab_shared.contracts.commands import PublishStem as Command
from ab_shared.contracts.events import StemFailed, StemPublished
from ab_shared.contracts.media import AUDIO_TYPE, AssetRef
from ab_shared.contracts.stems import Stem, stem_with_id
from ab_shared.errors import ErrorCode
from ab_shared.storage.keys import stem_key
from ab_shared.storage.ports import Blobs

from ab_stitching.domain.stems.catalogue import recipe_version
from ab_stitching.domain.stems.make import RenderedStem
from ab_stitching.ports import Engine, Library

logger = logging.getLogger("ab.stitching")


@dataclass(frozen=True, slots=True)
class PublishStem:
    """Doing it twice announces the same stem twice; only a new recipe is work."""

    library: Library
    media: Blobs
    engine: Engine

    async def __call__(self, command: Command) -> None:
        """Announces StemPublished, or StemFailed for a stem nobody knows."""
        stem = stem_with_id(command.stem_id)
        if stem is None:
            await self._unknown(command)
            return
        async with self.library.begin() as unit:
            known = await unit.stem(stem.stem_id)
            # An older recipe is made anew; the old object stays, for signed URLs point at it.
            if known is not None and known.recipe_version == recipe_version(stem):
                await unit.send(known)
                return
        event = await self._publish(stem)
        async with self.library.begin() as unit:
            await unit.keep_stem(event)
            await unit.send(event)

    async def _publish(self, stem: Stem) -> StemPublished:
        async with self.engine.stem(stem) as made:
            key = stem_key(_address(made), stem.file_name)
            await self.media.put_file(key, made.path, AUDIO_TYPE)
        logger.info("A stem is published", extra={"stem": stem.stem_id})
        asset = AssetRef(key=key, bytes=made.size, sha256=made.sha256, duration_ms=made.duration_ms)
        return StemPublished(
            stem_id=stem.stem_id,
            recipe_version=made.recipe_version,
            asset=asset,
            loudness_lufs=round(made.lufs, 3),
            true_peak_dbtp=round(made.true_peak_db, 3),
            needs_runtime_crossfade=made.needs_runtime_crossfade,
            seam_risk_score=round(made.seam_risk_score, 4),
        )

    async def _unknown(self, command: Command) -> None:
        message = f"There is no stem {command.stem_id}"
        failed = StemFailed(stem_id=command.stem_id, code=ErrorCode.ASSET_ERROR, message=message)
        async with self.library.begin() as unit:
            await unit.send(failed)


def _address(stem: RenderedStem) -> str:
    """Nobody's secret: a stem is the same for everybody, so its own SHA-256 will do."""
    recipe = f"{stem.stem.stem_id}\n{stem.recipe_version}\n{stem.sha256}"
    return sha256(recipe.encode()).hexdigest()
