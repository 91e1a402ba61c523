from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from ab_shared.contracts.envelope import Envelope, split_routing_key, wrap
from ab_shared.contracts.events import GenerationSettled
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

MESSAGE = GenerationSettled(reservation_id=UUID(int=1), user_id="u", outcome="released")


@given(st.from_regex(r"[a-z.v_]{1,20}", fullmatch=True), st.integers(1, 10**6))
def test_a_routing_key_is_a_name_and_a_version(name: str, version: int) -> None:
    assert split_routing_key(f"{name}.v{version}") == (name, version)


@pytest.mark.parametrize("key", ["", "tts", "tts.synthesize", "tts.v", "tts.v1x", "tts.v-1", "v1"])
def test_any_other_shape_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="does not end in"):
        split_routing_key(key)


def test_a_message_says_where_it_comes_from() -> None:
    envelope = wrap(MESSAGE, producer="session", correlation_id="c", causation_id="cause")
    assert (envelope.type, envelope.version) == ("session.generation_settled", 1)
    assert envelope.routing_key == MESSAGE.routing_key
    assert (envelope.producer, envelope.correlation_id) == ("session", "c")
    assert envelope.causation_id == "cause"
    assert timedelta(0) <= datetime.now(UTC) - envelope.occurred_at < timedelta(seconds=10)
    assert GenerationSettled.model_validate(envelope.data) == MESSAGE


def test_a_time_of_nowhere_is_no_time() -> None:
    """Waiting times are differences of instants: a local time of who knows where has none."""
    said = wrap(MESSAGE, producer="session", correlation_id="c").model_dump()
    with pytest.raises(ValidationError, match="occurred_at"):
        Envelope.model_validate({**said, "occurred_at": "2026-11-23T06:00:00"})


def test_a_message_has_an_id_of_its_own_unless_one_is_given() -> None:
    free = {wrap(MESSAGE, producer="session", correlation_id="c").id for _ in range(20)}
    assert len(free) == 20
    kept = wrap(MESSAGE, producer="session", correlation_id="c", message_id="settled:1")
    assert kept.id == "settled:1"


@pytest.mark.parametrize(
    "wrong", [{"id": ""}, {"id": "x" * 201}, {"version": 0}, {"type": ""}, {"data": []}], ids=str
)
def test_half_an_envelope_is_refused(wrong: dict[str, object]) -> None:
    whole = wrap(MESSAGE, producer="session", correlation_id="c").model_dump(mode="json")
    assert Envelope.model_validate(whole)
    with pytest.raises(ValidationError):
        Envelope.model_validate(whole | wrong)
