"""A whole offline file on the real engine, store and database."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.mixdowns import CancelMixdown, RenderMixdown
from ab_shared.contracts.rpc import Layer, Mix
from ab_shared.database.transaction import Transactions
from ab_stitching.adapters.aac import encode_loop
from ab_stitching.adapters.mixdown_rows import PostgresMixdowns
from ab_stitching.adapters.mixing_desk import MixingDesk
from ab_stitching.adapters.mp4 import write_m4a
from ab_stitching.domain.profile import FRAME
from ab_stitching.usecases import cancel_mixdown, render_mixdown

LENGTH = 500 * FRAME
ADDRESS = "d4" * 32


async def layer(store: Any, folder: Path, name: str) -> Layer:
    dice = np.random.default_rng(len(name))
    pcm = (0.05 * dice.standard_normal((2, LENGTH))).astype(np.float32)
    written = write_m4a(encode_loop(pcm, 96_000), LENGTH, folder / name, 96_000)
    await store.put_file(name, written.path, "audio/mp4")
    asset = AssetRef(
        key=name,
        bytes=written.size,
        sha256=written.sha256,
        duration_ms=round(LENGTH * 1000 / 48_000),
    )
    return Layer(asset=asset, loudness_lufs=-23.0)


@pytest.mark.real
async def test_an_order_becomes_an_object_and_a_cancelled_one_nothing(
    object_store: Any, database: Any, tmp_path: Path
) -> None:
    engine = (await database("stitching")).engine
    mixdowns = PostgresMixdowns(Transactions(engine, producer="stitching", relay=None))
    render = render_mixdown.RenderMixdown(mixdowns, object_store, MixingDesk())
    names = ("voice.m4a", "tone.m4a", "rain.m4a")
    voice, tone, rain = [await layer(object_store, tmp_path, name) for name in names]
    order = RenderMixdown(
        mixdown_address=ADDRESS,
        job_id=UUID(int=1),
        title="Über mir der Himmel",
        minutes=5,
        format="m4a",
        fade_out=True,
        mix=Mix(),
        voice=voice,
        segments=(Segment(start_ms=500, end_ms=3000),),
        brain_layer=tone,
        background=rain,
    )
    cancel = cancel_mixdown.CancelMixdown(mixdowns)
    await cancel(CancelMixdown(mixdown_address=ADDRESS, job_ids=(order.job_id,)))
    await render(order)
    async with mixdowns.begin() as unit:
        assert await unit.mixdown(ADDRESS) is None
    await render(order.model_copy(update={"job_id": UUID(int=2)}))
    async with mixdowns.begin() as unit:
        made = await unit.mixdown(ADDRESS)
    assert made is not None
    assert made.asset.key == f"mixdowns/{ADDRESS}/mixdown.m4a"
    content = await object_store.get(made.asset.key)
    assert hashlib.sha256(content).hexdigest() == made.asset.sha256
    assert len(content) == made.asset.bytes
    assert made.asset.duration_ms == 300_000
