"""Declaring the topology on a bare broker, for tests and tools; deployments import definitions."""

from __future__ import annotations

import aio_pika
from aio_pika import ExchangeType

from ab_shared.messaging.topology import EXCHANGES, TOPOLOGY, Topology

CONNECT_SECONDS = 10.0


async def declare(url: str, topology: Topology = TOPOLOGY) -> None:
    """Makes exchanges, queues and bindings in the virtual host of ``url``; again is no error.

    Needs a user who may configure everything. Raises aio-pika's errors.
    """
    connection = await aio_pika.connect(url, timeout=CONNECT_SECONDS)
    async with connection:
        channel = await connection.channel()
        for exchange in EXCHANGES:
            await channel.declare_exchange(exchange, ExchangeType.TOPIC, durable=True)
        queues = {
            queue.name: await channel.declare_queue(
                queue.name, durable=True, arguments=dict(queue.arguments)
            )
            for queue in topology.queues
        }
        for binding in topology.bindings:
            await queues[binding.queue].bind(binding.exchange, binding.key)
