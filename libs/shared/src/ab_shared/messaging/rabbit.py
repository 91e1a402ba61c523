"""The bus of one process over RabbitMQ: two connections, everything else hangs on them."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from aio_pika.abc import AbstractChannel, AbstractQueue

from ab_shared.contracts.base import ReplyT, Request
from ab_shared.contracts.catalogue import Kind
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import DependencyUnavailable, FatalError, TransientError
from ab_shared.messaging import headers as header
from ab_shared.messaging import metrics
from ab_shared.messaging.answering import Responder
from ab_shared.messaging.codec import encode, route_for
from ab_shared.messaging.consuming import Consumer, Declare, Intake
from ab_shared.messaging.dispatching import Dispatcher
from ab_shared.messaging.link import Link
from ab_shared.messaging.moving import Mover, aside_from_outbox
from ab_shared.messaging.ports import Subscriptions, Unsendable
from ab_shared.messaging.publishing import Confirmed, Parcel, Unconfirmed
from ab_shared.messaging.rpc_client import RpcClient
from ab_shared.messaging.rpc_server import PREFETCH, RpcServer
from ab_shared.messaging.serving import WorkPlan, plan_for
from ab_shared.messaging.topology import (
    EVENTS,
    LIVE_ARGUMENTS,
    RUNGS,
    Rung,
    exchange_of,
    live_queue,
    rpc_queue,
)
from ab_shared.messaging.tracing import sending
from ab_shared.runtime.process import stop_process

logger = logging.getLogger("ab.messaging")

START_SECONDS = 30.0
# Long enough for a broker that is there; then whoever asks how this process is gets an answer.
PATIENCE_SECONDS = 3.0


def instance_name() -> str:
    """A name that no other process has, nor this one after a restart."""
    return f"{socket.gethostname().replace('.', '-')}-{os.getpid()}-{uuid4().hex[:6]}"


class RabbitBus:
    """Publishes, calls and hears for one service.

    One connection sends and one receives, so that a broker that holds back its publishers (memory,
    disk) still takes the acknowledgements that relieve it.
    """

    def __init__(
        self,
        url: str,
        service: str,
        *,
        instance: str | None = None,
        on_fatal: Callable[[FatalError], None] | None = None,
        rungs: tuple[Rung, ...] = RUNGS,
    ) -> None:
        self._service = service
        self.instance = instance or instance_name()
        self._rungs = rungs
        self._tell_fatal = on_fatal
        self._outgoing = Link(url, f"{service}.{self.instance}.outgoing")
        self._incoming = Link(url, f"{service}.{self.instance}.incoming")
        self._publisher = Confirmed(self._outgoing)
        self._replier = Unconfirmed(self._outgoing)
        self._client = RpcClient(service, self.instance, self._publisher)
        self._intakes: list[Intake] = []
        self._work: list[Intake] = []
        self._stopping: asyncio.Future[list[None]] | None = None
        self._outgoing.register(self._publisher.set_up)
        self._outgoing.register(self._replier.set_up)
        self._incoming.register(self._client.set_up)
        # Replies arrive on the incoming connection, whichever one the requests left by.
        self._incoming.on_lost(self._client.lose)

    async def start(self, within: float = START_SECONDS) -> None:
        """Connects; DependencyUnavailable when that has not worked after ``within`` seconds."""
        await self._outgoing.start(within)
        try:
            await self._incoming.start(within)
        except DependencyUnavailable:
            await self._outgoing.close()
            raise

    async def begin(self) -> None:
        """Connects, in the background if that takes longer than a moment; never fails.

        A service that starts while the broker is away is alive, not ready, and works as soon as
        the broker is there: a process that gave up would come back later and later.
        """
        await asyncio.gather(
            self._outgoing.begin(PATIENCE_SECONDS), self._incoming.begin(PATIENCE_SECONDS)
        )

    async def serve(self, subscriptions: Subscriptions) -> None:
        """Hears from now on what is subscribed; ValueError where the catalogue says otherwise."""
        plan = plan_for(self._service, subscriptions)
        for work in plan.work:
            self._work.append(await self._consume(work, _existing(work.queue)))
        if plan.live is not None:
            await self._consume(plan.live, self._living(tuple(plan.live.handlers)), live=True)
        if subscriptions.answerers:
            queue = rpc_queue(self._service)
            responder = Responder(queue, subscriptions.answerers, self._on_fatal)
            server = RpcServer(queue, subscriptions.answerers, responder, self._replier)
            await self._take_in(Intake(server.declare, server.work, PREFETCH))

    async def publish(
        self, envelope: Envelope, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """As ``Publisher.publish``."""
        route = route_for(envelope, self._service)
        exchange = exchange_of(route.kind)
        with sending(exchange, envelope, headers):
            sent_along = {**header.capture(), **_request_of(headers)}
            parcel = Parcel(
                exchange,
                route.routing_key,
                encode(envelope),
                envelope.id,
                sent_along,
                mandatory=route.kind is Kind.COMMAND,
            )
            try:
                await self._publisher.send(parcel)
            except TransientError as error:
                metrics.PUBLISHED.labels(route.routing_key, type(error).__name__).inc()
                raise
        metrics.PUBLISHED.labels(route.routing_key, "confirmed").inc()

    async def set_aside(self, lost: Unsendable) -> None:
        """As ``Outlet.set_aside``."""
        await self._publisher.send(aside_from_outbox(self._service, lost))

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        """As ``Caller.call``."""
        return self._client.call(request, timeout)

    async def check(self) -> None:
        """Raises while the broker can't be reached, or says nothing."""
        await asyncio.gather(self._outgoing.probe(), self._incoming.probe())

    @property
    def in_hand(self) -> int:
        """How many messages of its queues of work are being worked on."""
        return sum(intake.busy for intake in self._work)

    async def pause(self) -> None:
        """Takes nothing new from its queues of work; requests and live events are heard on."""
        await asyncio.gather(*(intake.pause() for intake in self._work))

    async def resume(self) -> None:
        """Takes from them again, now or as soon as the broker is there."""
        with suppress(DependencyUnavailable):  # then they are taken from on the next connection
            await asyncio.gather(*(intake.resume(self._incoming) for intake in self._work))

    async def at_rest(self) -> None:
        """Returns when what was in hand at this moment is done."""
        await asyncio.gather(*(intake.ended() for intake in self._work))

    async def drain(self, seconds: float) -> None:
        """Hears nothing new and finishes what it has begun, for at most ``seconds``."""
        await asyncio.gather(*(intake.stop() for intake in self._intakes))
        await asyncio.gather(*(intake.finish(seconds) for intake in self._intakes))

    async def close(self) -> None:
        """Leaves; the broker gives what is unfinished to others."""
        await self.drain(0)
        await self._incoming.close()
        await self._outgoing.close()

    async def _consume(self, plan: WorkPlan, declare: Declare, *, live: bool = False) -> Intake:
        dispatcher = Dispatcher(plan.queue, plan.handlers, self._rungs, live=live)
        consumer = Consumer(plan.queue, dispatcher, Mover(self._publisher), self._on_fatal)
        return await self._take_in(Intake(declare, consumer.work, plan.prefetch))

    async def _take_in(self, intake: Intake) -> Intake:
        self._intakes.append(intake)
        await self._incoming.add(intake.set_up)
        return intake

    def _living(self, keys: tuple[str, ...]) -> Declare:
        async def declare(channel: AbstractChannel) -> AbstractQueue:
            # A fresh name each time: the old queue is exclusive to a connection it may outlive.
            name = live_queue(self._service, f"{self.instance}.{uuid4().hex[:8]}")
            queue = await channel.declare_queue(
                name, exclusive=True, auto_delete=True, arguments=dict(LIVE_ARGUMENTS)
            )
            for key in keys:
                await queue.bind(EVENTS, key)
            return queue

        return declare

    def _on_fatal(self, error: FatalError) -> None:
        logger.critical("this process can't go on", extra={"error": type(error).__name__})
        # Kept in an attribute because the loop holds tasks by weak references only.
        self._stopping = asyncio.gather(*(intake.stop() for intake in self._intakes))
        (self._tell_fatal or _stop)(error)


def _existing(queue: str) -> Declare:
    async def declare(channel: AbstractChannel) -> AbstractQueue:
        return await channel.declare_queue(queue, passive=True)

    return declare


def _request_of(headers: Mapping[str, str] | None) -> dict[str, str]:
    known = (headers or {}).get(header.REQUEST_ID)
    return {} if known is None else {header.REQUEST_ID: known}


def _stop(_error: FatalError) -> None:
    stop_process()
