"""What the session service reaches outside its stack: who writes, who checks, who tells devices."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
from ab_shared.runtime.chores import sweeping
from ab_shared.runtime.clock import utc_now

from ab_session.adapters.expo import ExpoPushes
from ab_session.adapters.help_lines import load_care
from ab_session.adapters.openai_moderator import OpenAIModerator
from ab_session.adapters.openai_writer import OpenAIWriter, open_client
from ab_session.domain.spending import Limits, Prices
from ab_session.moderation_ports import Checking
from ab_session.ports import Store
from ab_session.settings import SessionSettings
from ab_session.usecases.send_notices import ReadReceipts, SendNotices
from ab_session.writer_ports import FarWriter

logger = logging.getLogger("ab.session")


@asynccontextmanager
async def far_writer(settings: SessionSettings) -> AsyncIterator[FarWriter | None]:
    """The model that writes inside the block; None where the built-in writer does."""
    if settings.openai_api_key is None:
        logger.info("The built-in writer writes affirmations: OPENAI_API_KEY is not set")
        yield None
        return
    key, seconds = settings.openai_api_key.get_secret_value(), settings.openai_writer_seconds
    async with open_client(key, settings.openai_base_url, seconds) as client:
        prices = Prices(
            settings.openai_writer_input_price,
            settings.openai_writer_cached_price,
            settings.openai_writer_output_price,
        )
        model = OpenAIWriter(client, settings.openai_writer_model, prices)
        micros = round(settings.openai_writer_daily_dollars * 1_000_000)
        yield FarWriter(model, Limits(settings.openai_writer_daily_calls, micros), seconds)


@asynccontextmanager
async def checking(settings: SessionSettings) -> AsyncIterator[Checking]:
    """Who looks at texts inside the block, and where help is."""
    book = load_care(settings.session_help_lines)
    if settings.openai_api_key is None or not settings.openai_moderation_enabled:
        logger.info("The built-in list alone checks lines: there is no server set to do it")
        yield Checking(None, book)
        return
    key, seconds = settings.openai_api_key.get_secret_value(), settings.openai_moderation_seconds
    url = settings.openai_moderation_base_url or settings.openai_base_url
    async with open_client(key, url, seconds) as client:
        model, certain = settings.openai_moderation_model, settings.openai_moderation_certain
        yield Checking(OpenAIModerator(client, model, seconds, certain), book)


@asynccontextmanager
async def telling(settings: SessionSettings, store: Store) -> AsyncIterator[None]:
    """Devices are told inside the block, where there is anybody to tell them."""
    if settings.expo_push_url is None:
        logger.info("Devices are told nothing: EXPO_PUSH_URL is not set")
        yield
        return
    brief = timedelta(seconds=settings.push_after_seconds)
    async with httpx.AsyncClient() as client:
        pushes = ExpoPushes(client, settings.expo_push_url, settings.expo_access_token)
        send = SendNotices(store, pushes, utc_now, brief)
        receipts = ReadReceipts(store, pushes, utc_now)
        async with (
            sweeping((send,), settings.push_sweep_seconds),
            sweeping((receipts,), settings.session_sweep_seconds),
        ):
            yield
