"""The broker itself holds each service to what the catalogue says."""

from __future__ import annotations

from typing import Any

import aio_pika
import pytest
from aio_pika.exceptions import ChannelClosed

pytestmark = pytest.mark.real

WAIT = 10.0


@pytest.mark.parametrize(
    ("service", "exchange", "routing_key"),
    [
        ("tts", "ab.commands", "stitching.render.v1"),
        ("gateway", "ab.commands", "tts.synthesize.v1"),
        ("tts", "ab.events", "session.job_changed.v1"),
        ("tts", "ab.rpc", "session.get.v1"),
        ("tts", "ab.replies", "auth.replies.x"),
        ("tts", "ab.retry", "50ms.stitching.render"),
        ("tts", "ab.dead", "stitching.render"),
        ("tts", "ab.return", "50ms.tts.synthesize"),
        ("tts", "", "stitching.render"),
    ],
)
async def test_the_broker_itself_refuses_what_a_service_may_not_send(
    rabbit: Any, service: str, exchange: str, routing_key: str
) -> None:
    async with await aio_pika.connect(rabbit.url(service)) as connection:
        channel = await connection.channel()
        sink = channel.default_exchange
        if exchange:
            sink = await channel.get_exchange(exchange, ensure=False)
        with pytest.raises(ChannelClosed):
            await sink.publish(aio_pika.Message(b"{}"), routing_key, timeout=WAIT)


@pytest.mark.parametrize(
    "queue", ["stitching.render", "tts.dead", "session.events", "ab.retry.50ms"]
)
async def test_the_broker_itself_refuses_to_let_a_service_read_what_is_not_its_own(
    rabbit: Any, queue: str
) -> None:
    async with await aio_pika.connect(rabbit.url("tts")) as connection:
        channel = await connection.channel()
        with pytest.raises(ChannelClosed):
            await (await channel.get_queue(queue, ensure=False)).get(timeout=WAIT)
