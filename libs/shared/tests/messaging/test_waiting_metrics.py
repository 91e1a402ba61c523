"""A queue is judged by new messages: what comes again waited somewhere else."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.rpc import GetEntitlement
from ab_shared.messaging import headers as header
from ab_shared.messaging.dispatching import Dead, Delivery, Dispatcher, Reason
from ab_shared.messaging.rpc_client import RpcClient
from prometheus_client import REGISTRY

if TYPE_CHECKING:
    from ab_shared.messaging.publishing import Confirmed, Parcel


def sent(seconds_ago: float) -> Envelope:
    return Envelope(
        type="tts.synthesize",
        version=1,
        occurred_at=datetime.now(UTC) - timedelta(seconds=seconds_ago),
        correlation_id="c",
        producer="session",
        data={},
    )


def sample(name: str, queue: str) -> float:
    return REGISTRY.get_sample_value(name, {"queue": queue}) or 0


def test_a_new_message_tells_how_long_it_waited() -> None:
    Delivery("waits.new", b"", {}).looked_at(sent(12))
    assert sample("ab_message_waited_seconds_count", "waits.new") == 1
    assert 12 <= sample("ab_message_waited_seconds_sum", "waits.new") < 15


def test_a_clock_that_is_ahead_is_no_negative_wait() -> None:
    Delivery("waits.ahead", b"", {}).looked_at(sent(-30))
    assert sample("ab_message_waited_seconds_sum", "waits.ahead") == 0


@pytest.mark.parametrize("headers", [{header.ATTEMPT: 2}, {header.REPLAYS: 1}])
def test_what_comes_from_a_ladder_or_a_replay_tells_nothing(headers: dict[str, Any]) -> None:
    Delivery("waits.again", b"", headers).looked_at(sent(600))
    assert sample("ab_message_waited_seconds_count", "waits.again") == 0


def test_what_the_broker_hands_out_again_is_counted_as_such() -> None:
    Delivery("waits.handed", b"", {}, None, redelivered=True).looked_at(sent(600))
    assert sample("ab_messages_redelivered_total", "waits.handed") == 1
    assert sample("ab_message_waited_seconds_count", "waits.handed") == 0


async def test_a_message_without_a_sane_time_is_put_aside() -> None:
    """Timing it must not be what keeps it in its queue for ever."""
    said = sent(0).model_dump(mode="json") | {"occurred_at": "2026-11-23T06:00:00"}
    outcome = await Dispatcher("waits.odd", {}, ()).dispatch(
        Delivery("waits.odd", orjson.dumps(said), {})
    )
    assert isinstance(outcome, Dead)
    assert outcome.reason is Reason.INVALID


class Unanswered:
    """A publisher whose broker never confirms."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def send(self, _parcel: Parcel) -> None:
        self.asked.set()
        await asyncio.Event().wait()


async def test_a_call_that_was_given_up_is_not_counted_as_done() -> None:
    publisher = Unanswered()
    client = RpcClient("gateway", "one", cast("Confirmed", publisher))
    client._reply_to = "replies"
    labels = {"routing_key": GetEntitlement.routing_key, "outcome": "CancelledError"}
    before = REGISTRY.get_sample_value("ab_rpc_call_seconds_count", labels) or 0
    call = asyncio.create_task(client.call(GetEntitlement(user_id="u"), 30))
    await publisher.asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert REGISTRY.get_sample_value("ab_rpc_call_seconds_count", labels) == before + 1
