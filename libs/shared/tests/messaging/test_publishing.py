"""How the library's errors become ours."""

from __future__ import annotations

import asyncio

import pytest
from ab_shared.errors import DeadlineExceeded, DependencyUnavailable, Overloaded
from ab_shared.messaging.publishing import named_errors
from aio_pika.exceptions import AMQPConnectionError, ChannelInvalidStateError, DeliveryError
from pamqp.commands import Basic


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        (DeliveryError(None, Basic.Nack()), Overloaded),
        (TimeoutError(), DeadlineExceeded),
        (AMQPConnectionError(), DependencyUnavailable),
        (ChannelInvalidStateError(), DependencyUnavailable),
        (ConnectionResetError(), DependencyUnavailable),
        (Exception(), DependencyUnavailable),
        (asyncio.CancelledError(), DependencyUnavailable),
    ],
)
async def test_each_gets_its_name(raised: BaseException, named: type[Exception]) -> None:
    with pytest.raises(named), named_errors("tts.synthesize.v1"):
        raise raised


async def test_a_task_that_somebody_cancels_stays_cancelled() -> None:
    async def publish() -> None:
        with named_errors("tts.synthesize.v1"):
            await asyncio.Event().wait()

    task = asyncio.create_task(publish())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
