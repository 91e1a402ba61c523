"""A broker in memory, held to the same test class as the real one.

Messages are turned into JSON and back, routed by the same table, retried on the same ladder and
dead-lettered for the same reasons; waiting on the ladder takes no time unless asked for.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ab_shared.contracts.base import Message
from ab_shared.contracts.catalogue import Kind, route_of
from ab_shared.contracts.envelope import Envelope, wrap
from ab_shared.errors import DependencyUnavailable, FatalError, Unroutable
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import decode, encode, message_in, route_for
from ab_shared.messaging.dispatching import Dead, Delivery, Retry
from ab_shared.messaging.ports import MessageT
from ab_shared.messaging.topology import TOPOLOGY, Topology, exchange_of
from ab_shared.runtime.context import current
from ab_shared.testing.memory_bus import MemoryBus
from ab_shared.testing.memory_queue import MemoryQueue
from ab_shared.testing.memory_rpc import MemorySwitchboard


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was put aside and what is known about why."""

    queue: str
    body: bytes
    headers: Mapping[str, Any]

    @property
    def reason(self) -> str:
        """Why it is dead: invalid, unhandled, permanent or exhausted."""
        return str(self.headers[header.REASON])

    @property
    def error(self) -> str:
        """The class of the last error."""
        return str(self.headers[header.ERROR])

    @property
    def message(self) -> Message:
        """The message itself, where it can be read."""
        return message_in(decode(self.body))


class MemoryBroker:
    """Everything between the services of one process.

    ``recorded`` holds each envelope that was accepted, ``dead`` the dead letters, ``waits`` the
    retries; ``available = False`` is an outage. ``time_scale`` stretches the ladder's seconds.
    """

    def __init__(self, *, topology: Topology = TOPOLOGY, time_scale: float = 0.0) -> None:
        self.topology = topology
        self.available = True
        self.recorded: list[Envelope] = []
        self.dead: list[DeadLetter] = []
        self.waits: list[Retry] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.switchboard = MemorySwitchboard(self.tasks)
        self._queues = {q.name: MemoryQueue[Delivery](self.tasks) for q in topology.queues}
        self._live: dict[str, tuple[frozenset[str], MemoryQueue[Delivery]]] = {}
        self._twice: Counter[str] = Counter()
        self._time_scale = time_scale

    def bus(
        self,
        service: str,
        *,
        instance: str = "memory",
        on_fatal: Callable[[FatalError], None] | None = None,
    ) -> MemoryBus:
        """A bus for one service; needs no ``start`` before it can publish and call."""
        return MemoryBus(self, service, instance, on_fatal)

    async def send(self, message: Message) -> Envelope:
        """Publishes a command or an event as a service that may send it."""
        envelope = wrap(
            message,
            producer=route_of(message).senders[0],
            correlation_id=current().correlation_id,
            causation_id=current().causation_id,
        )
        self.publish(envelope, header.capture())
        return envelope

    def messages(self, message_type: type[MessageT]) -> list[MessageT]:
        """What was published of one type, in order."""
        keys = [e for e in self.recorded if e.routing_key == message_type.routing_key]
        return [message_type.model_validate(envelope.data) for envelope in keys]

    def twice(self, message_type: type[Message], times: int = 1) -> None:
        """The next ``times`` messages of a type arrive two times each."""
        self._twice[message_type.routing_key] += times

    async def settle(self, within: float = 5.0) -> None:
        """Returns when nothing is being worked on; TimeoutError after ``within`` seconds."""
        async with asyncio.timeout(within):
            while self.tasks:
                await asyncio.wait(self.tasks)

    def publish(self, envelope: Envelope, headers: Mapping[str, Any]) -> None:
        """Routes a message to every queue bound to it."""
        self.refuse_outage()
        route = route_for(envelope, envelope.producer)
        body = encode(envelope)
        exchange = exchange_of(route.kind)
        bound = [
            b.queue
            for b in self.topology.bindings
            if b.exchange == exchange and b.key == route.routing_key
        ]
        if not bound and route.kind is Kind.COMMAND:
            raise Unroutable(f"no queue for {route.routing_key}")
        self.recorded.append(envelope)
        copies = 1
        if self._twice[route.routing_key]:
            self._twice[route.routing_key] -= 1
            copies = 2
        for _ in range(copies):
            for queue in bound:
                self.put(queue, body, headers)
            for queue, (keys, live) in list(self._live.items()):
                if route.routing_key in keys:
                    live.put(Delivery(queue, body, headers))

    def put(self, queue: str, body: bytes, headers: Mapping[str, Any] | None = None) -> None:
        """Puts any body straight into a queue."""
        self._queues[queue].put(Delivery(queue, body, headers or {}))

    def queue(self, name: str) -> MemoryQueue[Delivery]:
        """A work queue."""
        return self._queues[name]

    def open_live(self, name: str, keys: frozenset[str]) -> MemoryQueue[Delivery]:
        """A queue for the events with these keys that lives as long as its process."""
        queue = MemoryQueue[Delivery](self.tasks)
        self._live[name] = (keys, queue)
        return queue

    def close_live(self, name: str) -> None:
        """The process of a live queue is gone."""
        self._live.pop(name, None)

    def again(self, delivery: Delivery, retry: Retry) -> None:
        """Waits on the ladder, then puts the message back on its queue."""
        self.waits.append(retry)
        headers = {**delivery.headers, header.ATTEMPT: retry.attempt}

        async def wait() -> None:
            await asyncio.sleep(retry.rung.seconds * self._time_scale)
            self._queues[delivery.queue].put(replace(delivery, headers=headers))

        task = asyncio.create_task(wait())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def bury(self, delivery: Delivery, dead: Dead) -> None:
        """Puts a message aside."""
        self.lay_aside(delivery.queue, delivery.body, {**delivery.headers, **dead.headers})

    def lay_aside(self, place: str, body: bytes, headers: Mapping[str, Any]) -> None:
        """Keeps a dead letter that came from ``place``."""
        self.dead.append(DeadLetter(place, body, headers))

    def refuse_outage(self) -> None:
        """Raises while the broker is made unavailable."""
        if not self.available:
            raise DependencyUnavailable("the broker is away")
