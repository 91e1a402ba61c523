"""How full the queues are, asked over the broker's own protocol: no administrator needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity

from ab_shared.contracts.catalogue import SERVICES, Kind, heard_by
from ab_shared.errors import DependencyUnavailable
from ab_shared.messaging.topology import RETRY, TOPOLOGY, dead_queue, rpc_queue

CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue; ``waiting`` counts what nobody has taken yet, ``exists`` is False for none."""

    name: str
    waiting: int
    consumers: int
    exists: bool = True

    @property
    def dead(self) -> bool:
        """Whether dead letters lie in it."""
        return self.name.endswith(".dead")

    @property
    def deaf(self) -> bool:
        """Whether somebody should take from it and nobody does."""
        return not (self.dead or self.name.startswith(RETRY) or self.consumers)

    def as_dict(self) -> dict[str, str | int | bool]:
        """Everything known, for programs."""
        return asdict(self) | {"deaf": self.deaf}


def queue_names() -> list[str]:
    """Every queue that should be there while all services run."""
    asked = [service for service in SERVICES if heard_by(service, Kind.REQUEST)]
    names = [queue.name for queue in TOPOLOGY.queues] + [rpc_queue(service) for service in asked]
    dead = {dead_queue(service) for service in SERVICES}
    return sorted(names, key=lambda name: (name in dead, name.startswith(RETRY), name))


async def queue_states(url: str, names: Sequence[str] | None = None) -> list[QueueState]:
    """The state of these queues; of every one, dead letters last, where none is named.

    Raises:
        DependencyUnavailable: the broker does not answer.
    """
    wanted = queue_names() if names is None else names
    try:
        async with await aio_pika.connect(url, timeout=CONNECT_SECONDS) as connection:
            return [await _state(connection, name) for name in wanted]
    except (AMQPError, OSError) as error:
        raise DependencyUnavailable("the broker does not answer") from error


async def _state(connection: AbstractConnection, name: str) -> QueueState:
    # A channel each: the broker closes it when there is no such queue.
    channel = await connection.channel()
    try:
        queue = await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return QueueState(name, 0, 0, exists=False)
    counts = queue.declaration_result
    await channel.close()
    return QueueState(name, counts.message_count or 0, counts.consumer_count or 0)
