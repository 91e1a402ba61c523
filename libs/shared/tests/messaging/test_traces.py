"""A message is a part of the trace that it came from, over every hop and every retry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.rpc import Entitlement, GetEntitlement
from ab_shared.errors import AudioRejected, DependencyUnavailable
from ab_shared.messaging.headers import capture
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.tracing import sampled
from ab_shared.testing.spans import recorded
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

WAIT = 10.0
STEM = PublishStem(stem_id="delta_2hz_120")
ROUTING_KEY = "messaging.rabbitmq.destination.routing_key"
WORDS = "words that somebody wrote"


async def ended(spans: list[ReadableSpan], kind: SpanKind, count: int) -> list[ReadableSpan]:
    """The spans of a kind, once there are so many."""
    async with asyncio.timeout(WAIT):
        while True:
            found = [span for span in spans if span.kind is kind]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.005)


@pytest.mark.real
async def test_processing_is_below_sending_and_that_below_the_work(
    rabbit: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    async def work(_message: PublishStem) -> None:
        """Does nothing."""

    await (await rabbit.bus("stitching")).serve(hearing("stitching", {PublishStem: work}))
    envelope = enveloped(STEM)
    with recorded() as spans:
        with trace.get_tracer("test").start_as_current_span("work"):
            await (await rabbit.bus("session")).publish(envelope)
        [process] = await ended(spans, SpanKind.CONSUMER, 1)
    [send] = [span for span in spans if span.kind is SpanKind.PRODUCER]
    [began] = [span for span in spans if span.name == "work"]
    assert (send.name, process.name) == ("send ab.commands", "process stitching.publish_stem")
    assert send.parent.span_id == began.context.span_id
    assert process.parent.span_id == send.context.span_id
    assert process.context.trace_id == began.context.trace_id
    for span, operation, place in (
        (send, "send", "ab.commands"),
        (process, "process", "stitching.publish_stem"),
    ):
        assert span.attributes["messaging.system"] == "rabbitmq"
        assert span.attributes["messaging.operation.name"] == operation
        assert span.attributes["messaging.destination.name"] == place
        assert span.attributes[ROUTING_KEY] == "stitching.publish_stem.v1"
        assert span.attributes["messaging.message.id"] == envelope.id
        assert span.attributes["messaging.message.conversation_id"] == envelope.correlation_id


@pytest.mark.real
async def test_what_the_outbox_kept_is_below_its_writer(
    rabbit: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    async def work(_message: PublishStem) -> None:
        """Does nothing."""

    await (await rabbit.bus("stitching")).serve(hearing("stitching", {PublishStem: work}))
    with recorded() as spans:
        with trace.get_tracer("test").start_as_current_span("writer") as writer:
            kept = capture()
        await (await rabbit.bus("session")).publish(enveloped(STEM), headers=kept)
        await ended(spans, SpanKind.CONSUMER, 1)
    [send] = [span for span in spans if span.kind is SpanKind.PRODUCER]
    assert send.parent.span_id == writer.get_span_context().span_id


@pytest.mark.real
@pytest.mark.parametrize("flags", ["00", "01"])
async def test_every_attempt_is_below_the_first_sending_and_kept_from_the_second_on(
    rabbit: Any,
    hearing: Callable[..., Subscriptions],
    enveloped: Callable[..., Envelope],
    flags: str,
) -> None:
    seen: list[trace.SpanContext] = []

    async def work(_message: PublishStem) -> None:
        seen.append(trace.get_current_span().get_span_context())
        if len(seen) < 3:
            raise DependencyUnavailable(WORDS)

    await (await rabbit.bus("stitching")).serve(hearing("stitching", {PublishStem: work}))
    trace_id = f"{0xABC:032x}"
    with recorded() as spans:
        headers = {"traceparent": f"00-{trace_id}-{0xDEF:016x}-{flags}"}
        await (await rabbit.bus("session")).publish(enveloped(STEM), headers=headers)
        await ended(spans, SpanKind.CONSUMER, 3)
    assert {context.trace_id for context in seen} == {0xABC}
    first, second, third = (context.trace_flags.sampled for context in seen)
    assert (first, second, third) == (flags == "01", True, True)
    tries = [span for span in spans if span.kind is SpanKind.CONSUMER]
    assert len({span.parent.span_id for span in tries}) == 1
    by_attempt = {span.attributes.get("ab.attempt", 1): span for span in tries}
    assert by_attempt[2].status.status_code is StatusCode.ERROR
    assert by_attempt[2].status.description == "DependencyUnavailable"
    assert by_attempt[3].status.status_code is StatusCode.UNSET
    assert WORDS not in str([span.to_json() for span in spans])


@pytest.mark.real
async def test_a_dead_letter_marks_its_span_without_its_words(
    rabbit: Any, hearing: Callable[..., Subscriptions], enveloped: Callable[..., Envelope]
) -> None:
    async def work(_message: PublishStem) -> None:
        raise AudioRejected(WORDS)

    await (await rabbit.bus("stitching")).serve(hearing("stitching", {PublishStem: work}))
    with recorded() as spans:
        await (await rabbit.bus("session")).publish(enveloped(STEM))
        [process] = await ended(spans, SpanKind.CONSUMER, 1)
        letter = await rabbit.dead_letter("stitching")
    assert process.status.status_code is StatusCode.ERROR
    assert process.status.description == "AudioRejected"
    assert letter.headers["x-trace-id"] == f"{process.context.trace_id:032x}"
    assert WORDS not in str([span.to_json() for span in spans])


@pytest.mark.real
async def test_an_answer_is_below_its_call(rabbit: Any) -> None:
    wanted = GetEntitlement(user_id="user_1")

    async def answer(_request: GetEntitlement) -> Entitlement:
        raise DependencyUnavailable(WORDS)

    subscriptions = Subscriptions()
    subscriptions.answer(GetEntitlement, answer)
    await (await rabbit.bus("entitlement")).serve(subscriptions)
    with recorded() as spans:
        gateway = await rabbit.bus("gateway")
        with (
            trace.get_tracer("test").start_as_current_span("request"),
            pytest.raises(DependencyUnavailable),
        ):
            await gateway.call(wanted, timeout=WAIT)
        [process] = await ended(spans, SpanKind.CONSUMER, 1)
    [send] = [span for span in spans if span.kind is SpanKind.PRODUCER]
    [request] = [span for span in spans if span.name == "request"]
    assert process.parent.span_id == send.context.span_id
    assert send.parent.span_id == request.context.span_id
    assert WORDS not in str([span.to_json() for span in spans])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("00-abc-def-00", "00-abc-def-01"),
        ("00-abc-def-01", "00-abc-def-01"),
        ("00-abc-def-02", "00-abc-def-03"),
        ("01-abc-def-00", "01-abc-def-00"),
        ("00-abc-def-xx", "00-abc-def-xx"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_only_the_flag_is_changed(given: str, kept: str) -> None:
    assert sampled(given) == kept
