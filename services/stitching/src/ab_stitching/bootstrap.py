"""The one place where the stitching service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone
from ab_shared.storage.s3 import ObjectStore

from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.adapters.read_store import StoredReads
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.entrypoints.consumer import subscriptions
from ab_stitching.settings import StitchingSettings
from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.publish_stem import PublishStem
from ab_stitching.usecases.render_track import RenderTrack


@asynccontextmanager
async def running(settings: StitchingSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    async with (
        ObjectStore(settings, settings.aws_s3_speech_bucket_name) as speech,
        ObjectStore(settings, settings.aws_s3_reads_bucket_name) as prepared,
        ObjectStore(settings, settings.aws_s3_bucket_name) as media,
        open_backbone("stitching", settings, health) as backbone,
    ):
        health.add("object_store", media.check)
        library = PostgresLibrary(backbone.transactions)
        reads = StoredReads(prepared, settings.stitching_cached_reads)
        engine = Workshop(settings.stitching_threads)
        await backbone.serve(
            subscriptions(
                prepare=PrepareRead(library, speech, reads, engine),
                render=RenderTrack(library, reads, media, engine),
                publish=PublishStem(library, media, engine),
                threads=settings.stitching_threads,
            )
        )
        yield
