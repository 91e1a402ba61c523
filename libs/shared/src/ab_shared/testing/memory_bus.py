"""One service's end of the broker in memory: the same interface as ``RabbitBus``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from ab_shared.contracts.base import ReplyT, Request
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import DeadlineExceeded, FatalError
from ab_shared.messaging import headers as header
from ab_shared.messaging.answering import Responder
from ab_shared.messaging.calling import envelope_for, time_left
from ab_shared.messaging.codec import decode_reply, encode, route_for
from ab_shared.messaging.dispatching import Dead, Delivery, Dispatcher, Fatal, Retry
from ab_shared.messaging.moving import aside_from_outbox
from ab_shared.messaging.ports import Subscriptions, Unsendable
from ab_shared.messaging.serving import WorkPlan, plan_for
from ab_shared.messaging.topology import live_queue, rpc_queue
from ab_shared.testing.memory_queue import MemoryQueue, Seat

if TYPE_CHECKING:
    from ab_shared.testing.memory_broker import MemoryBroker


class MemoryBus:
    """Publishes, calls and hears for one service."""

    def __init__(
        self,
        broker: MemoryBroker,
        service: str,
        instance: str,
        on_fatal: Callable[[FatalError], None] | None,
    ) -> None:
        self._broker = broker
        self._service = service
        self.instance = instance
        self._live = live_queue(service, instance)
        self._on_fatal = on_fatal
        self._leave: list[Callable[[], None]] = []
        self._busy: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._seats: list[tuple[MemoryQueue[Delivery], Seat[Delivery]]] = []

    async def start(self) -> None:
        """Nothing to connect to."""

    async def check(self) -> None:
        """Raises during an outage."""
        self._broker.refuse_outage()

    async def publish(
        self, envelope: Envelope, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """As ``Publisher.publish``."""
        route_for(envelope, self._service)
        self._broker.publish(envelope, headers or header.capture())

    async def set_aside(self, lost: Unsendable) -> None:
        """As ``Outlet.set_aside``."""
        self._broker.refuse_outage()
        parcel = aside_from_outbox(self._service, lost)
        self._broker.lay_aside(parcel.routing_key, parcel.body, parcel.headers)

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        """As ``Caller.call``."""
        return self._call(request, timeout)

    async def _call(self, request: Request[ReplyT], seconds: float) -> ReplyT:
        self._broker.refuse_outage()
        seconds = time_left(seconds)
        envelope = envelope_for(request, self._service)
        route_for(envelope, self._service)
        headers = {**header.capture(), header.DEADLINE: str(time.time() + seconds)}
        delivery = Delivery("rpc", encode(envelope), headers)
        try:
            async with asyncio.timeout(seconds):
                reply = await self._broker.switchboard.call(request.routing_key, delivery)
        except TimeoutError:
            raise DeadlineExceeded(f"no answer to {request.routing_key} in time") from None
        return decode_reply(request, reply.body, reply.headers)

    async def serve(self, subscriptions: Subscriptions) -> None:
        """Hears from now on what is subscribed."""
        plan = plan_for(self._service, subscriptions)
        for work in plan.work:
            waiting = self._broker.queue(work.queue)
            self._seats.append((waiting, self._consume(work, waiting)))
        if plan.live is not None:
            live = self._broker.open_live(self._live, frozenset(plan.live.handlers))
            self._consume(plan.live, live, live=True)
            self._leave.append(lambda: self._broker.close_live(self._live))
        if subscriptions.answerers:
            queue = rpc_queue(self._service)
            responder = Responder(queue, subscriptions.answerers, self._stop)
            serve = self._broker.switchboard.serve
            self._leave.append(serve(queue, subscriptions.answerers, responder.respond))

    @property
    def in_hand(self) -> int:
        """As on the real one."""
        return len(self._working)

    async def pause(self) -> None:
        """As on the real one."""
        for queue, seat in self._seats:
            queue.detach(seat)

    async def resume(self) -> None:
        """As on the real one."""
        for queue, seat in self._seats:
            if seat not in queue.seats:
                queue.attach(seat)

    async def at_rest(self) -> None:
        """As on the real one."""
        if self._working:
            await asyncio.wait(set(self._working))

    async def drain(self, seconds: float) -> None:
        """Hears nothing new and finishes what it has begun; the rest goes back after a while."""
        self._unsubscribe()
        if self._busy:
            await asyncio.wait(self._busy, timeout=seconds)
        for task in list(self._busy):
            task.cancel()

    async def close(self) -> None:
        """Leaves at once."""
        await self.drain(0)

    def _unsubscribe(self) -> None:
        self._seats.clear()
        while self._leave:
            self._leave.pop()()

    def _stop(self, error: FatalError) -> None:
        self._unsubscribe()
        if self._on_fatal is not None:
            self._on_fatal(error)

    def _consume(
        self,
        plan: WorkPlan,
        queue: MemoryQueue[Delivery],
        *,
        live: bool = False,
    ) -> Seat[Delivery]:
        dispatcher = Dispatcher(plan.queue, plan.handlers, self._broker.topology.rungs, live=live)
        counted = set() if live else self._working

        async def work(delivery: Delivery) -> None:
            task = asyncio.create_task(self._handle(dispatcher, delivery, queue))
            for tasks in (self._busy, counted):
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            await asyncio.wait({task})

        seat = Seat(work, plan.prefetch)
        queue.attach(seat)
        self._leave.append(lambda: queue.detach(seat))
        return seat

    async def _handle(
        self, dispatcher: Dispatcher, delivery: Delivery, queue: MemoryQueue[Delivery]
    ) -> None:
        try:
            outcome = await dispatcher.dispatch(delivery)
        except asyncio.CancelledError:
            queue.put_back(delivery)
            raise
        if isinstance(outcome, Retry):
            self._broker.again(delivery, outcome)
        elif isinstance(outcome, Dead):
            self._broker.bury(delivery, outcome)
        elif isinstance(outcome, Fatal):
            self._stop(outcome.error)
            queue.put_back(delivery)
