"""What both the real bus and the one in memory do with requests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from ab_shared.contracts.base import Empty
from ab_shared.contracts.rpc import Entitlement, GetEntitlement
from ab_shared.errors import (
    AbError,
    DeadlineExceeded,
    DependencyUnavailable,
    FreeLimitReached,
    InvalidMessage,
    RemoteFailure,
    SchemaOutdated,
)
from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.context import Context, bound, current
from opentelemetry import trace

WAIT = 10.0
ASK = GetEntitlement(user_id="u")
ANSWER = Entitlement(
    plan="free", status="active", daily_generations=2, remaining_today=1, offline_downloads=False
)

Answer = Callable[[GetEntitlement], Any]


@pytest.fixture
def serve(world: Any) -> Callable[..., Any]:
    async def start(answer: Answer, **more: Any) -> Any:
        subscriptions = Subscriptions()
        subscriptions.answer(GetEntitlement, answer)
        bus = await world.bus("entitlement", **more)
        await bus.serve(subscriptions)
        return bus

    return start


def failing(error: Exception) -> Answer:
    async def answer(_request: GetEntitlement) -> Entitlement:
        raise error

    return answer


async def refused_within(gateway: Any) -> float:
    """The seconds of the quickest of some calls: any single one may meet a busy machine."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        with pytest.raises(DependencyUnavailable):
            await gateway.call(ASK, timeout=WAIT)
        taken.append(time.perf_counter() - began)
    return min(taken)


async def never(_request: GetEntitlement) -> Entitlement:
    await asyncio.Event().wait()
    return ANSWER


async def test_a_request_is_answered_in_the_context_of_its_caller(
    world: Any, serve: Callable[..., Any]
) -> None:
    seen: list[tuple[Context, int]] = []

    async def answer(request: GetEntitlement) -> Entitlement:
        assert request == ASK
        seen.append((current(), trace.get_current_span().get_span_context().trace_id))
        return ANSWER

    await serve(answer)
    span = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=False))
    began = time.time()
    with trace.use_span(span), bound(Context("corr", "letters")):
        assert await (await world.bus("gateway")).call(ASK, timeout=WAIT) == ANSWER
    [(context, trace_id)] = seen
    assert (context.correlation_id, context.request_id, trace_id) == ("corr", "letters", 0xABC)
    assert began < (context.deadline or 0) <= time.time() + WAIT


async def test_many_calls_at_once_each_get_their_own_answer(
    world: Any, serve: Callable[..., Any]
) -> None:
    async def answer(request: GetEntitlement) -> Entitlement:
        await asyncio.sleep(0.001)
        return ANSWER.model_copy(update={"remaining_today": int(request.user_id)})

    await serve(answer)
    gateway = await world.bus("gateway")
    calls = [gateway.call(GetEntitlement(user_id=str(n)), timeout=WAIT) for n in range(200)]
    answers = await asyncio.gather(*calls)
    assert [answer.remaining_today for answer in answers] == list(range(200))


async def test_an_error_crosses_with_its_class_message_and_details(
    world: Any, serve: Callable[..., Any]
) -> None:
    await serve(failing(FreeLimitReached("none left", details={"limit": 2, "why": None})))
    with pytest.raises(FreeLimitReached, match="none left") as caught:
        await (await world.bus("gateway")).call(ASK)
    assert caught.value.details == {"limit": 2, "why": None}


@pytest.mark.parametrize("error", [RuntimeError("secret words"), TimeoutError("secret words")])
async def test_of_an_unknown_error_the_caller_learns_only_that_it_happened(
    world: Any, serve: Callable[..., Any], error: Exception
) -> None:
    await serve(failing(error))
    with pytest.raises(RemoteFailure) as caught:
        await (await world.bus("gateway")).call(ASK)
    assert "secret" not in f"{caught.value.message}{caught.value.details}"


async def test_a_wrong_answer_never_reaches_the_caller(
    world: Any, serve: Callable[..., Any]
) -> None:
    async def answer(_request: GetEntitlement) -> Empty:
        return Empty()

    await serve(answer)
    with pytest.raises(RemoteFailure):
        await (await world.bus("gateway")).call(ASK)


async def test_a_fatal_error_stops_the_server_and_is_no_business_of_the_caller(
    world: Any, serve: Callable[..., Any]
) -> None:
    told: list[Exception] = []
    await serve(failing(SchemaOutdated("secret")), on_fatal=told.append)
    with pytest.raises(RemoteFailure):
        await (await world.bus("gateway")).call(ASK)
    assert [type(error) for error in told] == [SchemaOutdated]


async def test_a_call_without_a_server_fails_in_milliseconds(world: Any) -> None:
    assert await refused_within(await world.bus("gateway")) < 0.1


async def test_a_call_after_the_last_server_has_left_fails_in_milliseconds(
    world: Any, serve: Callable[..., Any]
) -> None:
    server = await serve(failing(RuntimeError()))
    gateway = await world.bus("gateway")
    await server.drain(1)
    assert await refused_within(gateway) < 0.1


async def test_an_answer_that_does_not_come_is_a_deadline_exceeded(
    world: Any, serve: Callable[..., Any]
) -> None:
    await serve(never)
    gateway = await world.bus("gateway")
    began = time.perf_counter()
    with pytest.raises(DeadlineExceeded):
        await gateway.call(ASK, timeout=0.1)
    assert time.perf_counter() - began < 2


async def test_the_server_stops_working_when_the_caller_stops_waiting(
    world: Any, serve: Callable[..., Any]
) -> None:
    stopped = asyncio.Event()

    async def answer(_request: GetEntitlement) -> Entitlement:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return ANSWER

    await serve(answer)
    with pytest.raises(DeadlineExceeded):
        await (await world.bus("gateway")).call(ASK, timeout=0.1)
    async with asyncio.timeout(WAIT):
        await stopped.wait()


async def test_a_call_takes_no_longer_than_the_request_it_is_part_of(
    world: Any, serve: Callable[..., Any]
) -> None:
    await serve(never)
    gateway = await world.bus("gateway")
    began = time.perf_counter()
    with bound(Context(deadline=time.time() + 0.1)), pytest.raises(DeadlineExceeded):
        await gateway.call(ASK, timeout=WAIT)
    with bound(Context(deadline=time.time() - 1)), pytest.raises(DeadlineExceeded):
        await gateway.call(ASK, timeout=WAIT)
    assert time.perf_counter() - began < 2


async def test_two_servers_share_the_load(world: Any, serve: Callable[..., Any]) -> None:
    counts = [0, 0]
    both = asyncio.Barrier(2)

    def counting(index: int) -> Answer:
        async def answer(_request: GetEntitlement) -> Entitlement:
            counts[index] += 1
            if counts[index] == 1:
                await both.wait()  # nobody answers before each has had a request
            return ANSWER

        return answer

    for index in range(2):
        await serve(counting(index))
    gateway = await world.bus("gateway")
    await asyncio.gather(*(gateway.call(ASK, timeout=WAIT) for _ in range(100)))
    assert sum(counts) == 100
    assert min(counts) >= 20


async def test_a_service_may_not_ask_what_is_not_its_to_ask(world: Any) -> None:
    with pytest.raises(InvalidMessage):
        await (await world.bus("tts")).call(ASK)


async def test_every_named_error_survives_the_way_back(
    world: Any, serve: Callable[..., Any]
) -> None:
    async def answer(request: GetEntitlement) -> Entitlement:
        raise next(e for e in AbError.__subclasses__() if e.__name__ == request.user_id)("x")

    await serve(answer)
    gateway = await world.bus("gateway")
    for name in ("TransientError", "PermanentError"):
        with pytest.raises(AbError) as caught:
            await gateway.call(GetEntitlement(user_id=name))
        assert type(caught.value).__name__ == name
