"""The one place where the tts service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from ab_shared.contracts.privacy import EraseSpeech
from ab_shared.runtime.clock import utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone
from ab_shared.storage.listing import BucketListing
from ab_shared.storage.s3 import ObjectStore

from ab_tts.adapters.cast import make_cast
from ab_tts.adapters.erasing import PostgresErasing
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.domain.voices import PROVIDER
from ab_tts.entrypoints.consumer import Places, most_at_once, subscriptions
from ab_tts.entrypoints.inspecting import add_inspecting
from ab_tts.entrypoints.reconciling import add_reconciling
from ab_tts.settings import TtsSettings
from ab_tts.usecases.buy_speech import BuySpeech
from ab_tts.usecases.check_objects import CheckObjects
from ab_tts.usecases.erase_reads import EraseReads
from ab_tts.usecases.forget_read import ForgetRead
from ab_tts.usecases.inspect_objects import DiscardObjects, InspectObjects
from ab_tts.usecases.list_voices import ListVoices
from ab_tts.usecases.sweep_objects import SweepObjects
from ab_tts.usecases.synthesize_read import SynthesizeRead


@asynccontextmanager
async def running(settings: TtsSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    async with (
        aclosing(make_cast(settings, most_at_once(settings.tts_threads))) as cast,
        ObjectStore(settings, settings.aws_s3_speech_bucket_name) as speech,
        open_backbone("tts", settings, health) as backbone,
    ):
        # Voice and bucket are closed after the backbone: work in flight still needs them.
        health.add("object_store", speech.check)
        if PROVIDER in settings.tts_providers:
            await cast.embedded.warm_up()
        speakers = cast.speakers
        book = PostgresReadBook(backbone.transactions)
        synthesize = SynthesizeRead(
            book=book,
            speech=speech,
            buy=BuySpeech(book, speakers, cast.charging, settings.tts_deadline_seconds),
            address_key=settings.content_address_key.get_secret_value().encode(),
            replaceable=speakers.replaceable,
        )
        heard = subscriptions(
            synthesize,
            ForgetRead(book),
            ListVoices(speakers),
            Places(settings.tts_threads, cast.vendor_lines),
        )
        sweep = SweepObjects(book, speech, BucketListing(speech), utc_now)
        add_reconciling(heard, CheckObjects(book, speech), sweep)
        add_inspecting(heard, InspectObjects(book, speech), DiscardObjects(book))
        heard.on(
            EraseSpeech, EraseReads(PostgresErasing(backbone.transactions), speech), prefetch=2
        )
        await backbone.serve(heard)
        yield
