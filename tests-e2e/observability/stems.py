"""Beds nobody listens to: making all of them would keep two cores busy for a minute."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from ab_shared.contracts.events import StemPublished
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.stems import STEMS
from ab_shared.storage.keys import stem_key
from ab_stitching.domain.stems.catalogue import recipe_version

WANTED = "SELECT brain_stem_id, background_stem_id FROM jobs WHERE id = $1"
ADD = "INSERT INTO stems (stem_id, announcement) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def leave_out_stems(described: dict[str, Any], job_id: UUID) -> None:
    """Says that every bed is there; only those of one job are made for real."""
    databases = described["infrastructure"]["postgres"]["databases"]
    session = await asyncpg.connect(databases["session"]["owner_url"])
    try:
        wanted = set((await session.fetchrow(WANTED, job_id)).values())
    finally:
        await session.close()
    stitching = await asyncpg.connect(databases["stitching"]["owner_url"])
    try:
        for stem in STEMS:
            if stem.stem_id not in wanted:
                await stitching.execute(ADD, stem.stem_id, _announced(stem).model_dump_json())
    finally:
        await stitching.close()


def _announced(stem: Any) -> StemPublished:
    return StemPublished(
        stem_id=stem.stem_id,
        recipe_version=recipe_version(stem),
        asset=AssetRef(
            key=stem_key("0" * 64, stem.file_name),
            bytes=1,
            sha256="0" * 64,
            duration_ms=180_000,
        ),
        loudness_lufs=-32.0,
        true_peak_dbtp=-9.0,
        needs_runtime_crossfade=False,
        seam_risk_score=0.0,
    )
