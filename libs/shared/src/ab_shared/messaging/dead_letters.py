"""The shelf of dead letters of one service: look at them, send them back, throw them away.

Looking takes letters without acknowledging them; whenever the look ends, however it ends (a kill
-9 too), the broker puts back what was not acted on. The queue's delivery limit is out of reach, so
that no number of looks costs a letter. Put back, letters may lie elsewhere in the queue: what
orders them is the time of death written on each, never their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, ChannelClosed

from ab_shared.errors import Conflict, DependencyUnavailable, NotFound
from ab_shared.messaging import headers as header
from ab_shared.messaging.dead_letter import DeadLetter, read_letter, replays_of
from ab_shared.messaging.publishing import CONFIRM_SECONDS, Parcel, named_errors
from ab_shared.messaging.topology import REPLAY, RETURN, dead_queue, shelf_lock

CONNECT_SECONDS = 10.0
# What lies beyond waits until these are dealt with; it bounds the memory of whoever looks.
MOST_HELD = 20_000
IDLE_SECONDS = 2.0
# Headers that say what the message belongs to; its attempts and its death are over.
FOLLOW = frozenset({header.REQUEST_ID, "traceparent", "tracestate", "baggage"})


class Shelf:
    """Letters that are held while a person looks at them; nobody else can hold them meanwhile."""

    def __init__(self, channel: AbstractChannel, service: str) -> None:
        self._channel = channel
        self._service = service
        self._held: dict[int, AbstractIncomingMessage] = {}
        self.letters: list[DeadLetter] = []
        self.more = False

    async def take(self) -> None:
        """Holds all letters, oldest death first; ``more`` says whether some did not fit."""
        queue = await self._channel.declare_queue(dead_queue(self._service), passive=True)
        lying = queue.declaration_result.message_count or 0
        self.more = lying > MOST_HELD
        wanted = min(lying, MOST_HELD)
        if not wanted:
            return
        await self._channel.set_qos(prefetch_count=wanted)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        await queue.consume(arrived.put)
        with suppress(TimeoutError):  # fewer came than were counted: some have gone
            while len(self.letters) < wanted:
                self._keep(await asyncio.wait_for(arrived.get(), IDLE_SECONDS))
        self.letters.sort(key=lambda letter: letter.age_key)

    async def replay(self, letter: DeadLetter) -> None:
        """Sends a letter back to where it could not be handled, as a first attempt, same id.

        A confirmed copy goes first: killed in between there are two, and the inbox sees one.

        Raises:
            NotFound: nobody would keep it.
            TransientError: the broker did not take it; the letter stays.
        """
        message = self._held[id(letter)]
        if not letter.destinations:
            raise NotFound(f"No queue keeps {letter.routing_key}: discard it")
        exchange = await self._channel.get_exchange(RETURN, ensure=False)
        headers = _again(message.headers)
        for queue in letter.destinations:
            parcel = Parcel(RETURN, f"{REPLAY}.{queue}", letter.body, letter.id, headers)
            with named_errors(parcel.routing_key):
                await exchange.publish(
                    parcel.message(), parcel.routing_key, timeout=CONFIRM_SECONDS
                )
        await message.ack()

    async def discard(self, letter: DeadLetter) -> None:
        """Throws a letter away."""
        await self._held[id(letter)].ack()

    def _keep(self, message: AbstractIncomingMessage) -> None:
        place = message.routing_key or ""
        letter = read_letter(
            self._service, place, message.body, message.headers, message.message_id
        )
        self.letters.append(letter)
        self._held[id(letter)] = message


def _again(headers: Mapping[str, Any]) -> dict[str, str | int]:
    kept = {k: v for k, v in headers.items() if k in FOLLOW and isinstance(v, str)}
    return {**kept, header.REPLAYS: replays_of(headers) + 1}


@asynccontextmanager
async def opened_shelf(url: str, service: str) -> AsyncIterator[Shelf]:
    """Holds the dead letters of a service; puts back what was not acted on.

    Raises:
        DependencyUnavailable: the broker does not answer.
        Conflict: somebody else is looking.
    """
    try:
        async with await aio_pika.connect(url, timeout=CONNECT_SECONDS) as connection:
            await _lock(await connection.channel(), service)
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            shelf = Shelf(channel, service)
            await shelf.take()
            yield shelf
    except (AMQPError, OSError) as error:
        raise DependencyUnavailable("the broker does not answer") from error


async def _lock(channel: AbstractChannel, service: str) -> None:
    """Keeps others from the shelf until the connection ends: quorum queues have no such lock."""
    try:
        await channel.declare_queue(shelf_lock(service), exclusive=True, auto_delete=True)
    except ChannelClosed:
        raise Conflict(f"Somebody else is looking at {dead_queue(service)}") from None
