"""Spans below the current one: of blocks, and of calls that are over."""

from __future__ import annotations

import asyncio
import time

import pytest
from ab_shared.runtime import vendor_metrics
from ab_shared.runtime.telemetry_spans import step, tell
from ab_shared.testing.spans import recorded
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, SpanKind, StatusCode

WORDS = "words that somebody wrote"


def test_a_block_is_a_span_and_not_the_current_one() -> None:
    with recorded() as spans:
        work = trace.get_current_span()
        with step("render read") as span:
            assert trace.get_current_span() is work
            assert span is not work
        [render] = spans
    assert render.name == "render read"
    assert render.parent.span_id == work.get_span_context().span_id


@pytest.mark.parametrize(
    ("error", "failed"),
    [
        (ValueError(WORDS), "ValueError"),
        (KeyError(WORDS), None),
        (asyncio.CancelledError(), None),
    ],
)
def test_an_error_is_told_by_its_class(error: BaseException, failed: str | None) -> None:
    with recorded() as spans:
        with pytest.raises(type(error)), step("work", calm=(LookupError,)):
            raise error
        [span] = spans
    assert span.status.status_code is (StatusCode.ERROR if failed else StatusCode.UNSET)
    assert span.status.description == failed
    assert span.events == ()
    assert WORDS not in span.to_json()


def test_outside_a_trace_nothing_is_said() -> None:
    with recorded() as spans:
        token = context.attach(Context())
        with step("work") as span:
            assert span is INVALID_SPAN
        tell("call", 1, {})
        context.detach(token)
        assert spans == []


@pytest.mark.parametrize(
    ("outcome", "failed"),
    [
        ("ok", None),
        ("refused", None),
        ("throttled", "throttled"),
        ("failed", "failed"),
        ("timed_out", "timed_out"),
    ],
)
def test_a_vendors_call_is_a_span_as_long_as_the_call(
    outcome: vendor_metrics.Outcome, failed: str | None
) -> None:
    before = time.time_ns()
    with recorded() as spans:
        vendor_metrics.called("elevenlabs", "speech", outcome, 2.5)
        [span] = spans
    assert (span.name, span.kind) == ("elevenlabs speech", SpanKind.CLIENT)
    assert span.end_time - span.start_time == 2_500_000_000
    assert span.end_time >= before
    said = {"vendor.name": "elevenlabs", "vendor.operation": "speech", "ab.outcome": outcome}
    assert span.attributes == {**said, **({"error.type": failed} if failed else {})}
    assert span.status.status_code is (StatusCode.ERROR if failed else StatusCode.UNSET)
