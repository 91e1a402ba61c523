"""The one place where the stitching service is put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ab_shared.contracts.privacy import EraseAudio
from ab_shared.contracts.reconciling import Kind
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.clock import utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone
from ab_shared.storage.listing import BucketListing
from ab_shared.storage.ports import Blobs
from ab_shared.storage.s3 import ObjectStore

from ab_stitching.adapters.erasing import PostgresErasing
from ab_stitching.adapters.mixdown_rows import PostgresMixdowns
from ab_stitching.adapters.mixing_desk import MixingDesk
from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.adapters.read_store import StoredReads
from ab_stitching.adapters.scratch import sweep_scratch
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.entrypoints.consumer import subscriptions
from ab_stitching.entrypoints.inspecting import add_inspecting
from ab_stitching.entrypoints.mixing import add_mixing
from ab_stitching.entrypoints.reconciling import add_reconciling
from ab_stitching.ports import Library
from ab_stitching.settings import StitchingSettings
from ab_stitching.usecases.cancel_mixdown import CancelMixdown
from ab_stitching.usecases.check_objects import CheckObjects
from ab_stitching.usecases.drop_mixdowns import DropMixdowns
from ab_stitching.usecases.erase_sounds import EraseSounds
from ab_stitching.usecases.inspect_objects import DiscardObjects, InspectObjects
from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.publish_stem import PublishStem
from ab_stitching.usecases.render_mixdown import RenderMixdown
from ab_stitching.usecases.render_track import RenderTrack
from ab_stitching.usecases.sweep_objects import Bucket, SweepObjects


@asynccontextmanager
async def running(settings: StitchingSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    await asyncio.to_thread(sweep_scratch)
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
        heard = subscriptions(
            prepare=PrepareRead(library, speech, reads, engine),
            render=RenderTrack(library, reads, media, engine),
            publish=PublishStem(library, media, engine),
            threads=settings.stitching_threads,
        )
        _reconcile(heard, library, prepared, media)
        mixdowns = PostgresMixdowns(backbone.transactions)
        mix = RenderMixdown(mixdowns, media, MixingDesk())
        erasing = PostgresErasing(backbone.transactions)
        drop = DropMixdowns(erasing, media)
        add_mixing(heard, mix, CancelMixdown(mixdowns), drop)
        shelves: dict[Kind, Blobs] = {"prepared": prepared, "track": media, "mixdown": media}
        erase = EraseSounds(erasing, shelves)
        heard.on(EraseAudio, erase, prefetch=2)
        await backbone.serve(heard)
        yield


def _reconcile(
    heard: Subscriptions, library: Library, prepared: ObjectStore, media: ObjectStore
) -> None:
    reads = Bucket(prepared, BucketListing(prepared))
    files = Bucket(media, BucketListing(media))
    buckets: dict[Kind, Bucket] = {
        "prepared": reads,
        "track": files,
        "stem": files,
        "mixdown": files,
    }
    shelves = {kind: bucket.blobs for kind, bucket in buckets.items()}
    check = CheckObjects(library, shelves)
    add_reconciling(heard, check, SweepObjects(library, buckets, utc_now))
    discard = DiscardObjects(library, frozenset(shelves))
    add_inspecting(heard, InspectObjects(library, shelves), discard)
