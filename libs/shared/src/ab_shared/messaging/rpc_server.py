"""Serving: one queue shared by the processes of a service, many answers at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from ab_shared.errors import TransientError
from ab_shared.messaging.answering import Responder
from ab_shared.messaging.codec import Reply
from ab_shared.messaging.consuming import delivery_of
from ab_shared.messaging.publishing import Parcel, Unconfirmed
from ab_shared.messaging.topology import REPLIES, RPC, RPC_ARGUMENTS

# Answers mostly wait for the database; the pool of eight is what bounds them.
PREFETCH = 50


class RpcServer:
    """Answers the requests of one service."""

    def __init__(
        self, queue: str, keys: Iterable[str], responder: Responder, replier: Unconfirmed
    ) -> None:
        self._queue = queue
        self._keys = tuple(keys)
        self._responder = responder
        self._replier = replier

    async def declare(self, channel: AbstractChannel) -> AbstractQueue:
        """Makes or joins the queue, which goes away with its last server.

        It is durable only in name: newer brokers refuse shared queues that are not, and it expires
        should a restarted broker bring it back without a server.
        """
        queue = await channel.declare_queue(
            self._queue, durable=True, auto_delete=True, arguments=dict(RPC_ARGUMENTS)
        )
        for key in self._keys:
            await queue.bind(RPC, key)
        return queue

    async def work(self, message: AbstractIncomingMessage) -> None:
        """Answers one request; a process that dies over it leaves it to another one."""
        reply = await self._responder.respond(delivery_of(message, self._queue))
        if reply is not None and message.reply_to and message.correlation_id:
            await self._send(reply, message.reply_to, message.correlation_id)
        # Last: a request is a read or idempotent, so doing it twice is better than not at all.
        await message.ack()

    async def _send(self, reply: Reply, reply_to: str, correlation_id: str) -> None:
        parcel = Parcel(
            REPLIES,
            reply_to,
            reply.body,
            correlation_id,
            reply.headers,
            lasting=False,
            correlation_id=correlation_id,
        )
        with suppress(TransientError):  # its caller learns of the outage by itself
            await self._replier.send(parcel)
