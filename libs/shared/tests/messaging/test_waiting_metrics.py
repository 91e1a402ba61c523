"""A queue is judged by new messages: what comes again waited somewhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_shared.contracts.envelope import Envelope
from ab_shared.messaging import headers as header
from ab_shared.messaging.dispatching import Delivery
from prometheus_client import REGISTRY


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
