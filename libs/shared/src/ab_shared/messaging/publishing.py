"""Publishing with the broker's confirmation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractExchange
from aio_pika.exceptions import DeliveryError, PublishError

from ab_shared.errors import DeadlineExceeded, DependencyUnavailable, Overloaded, Unroutable
from ab_shared.messaging.codec import CONTENT_TYPE
from ab_shared.messaging.link import Link, cancelled_from_outside
from ab_shared.messaging.topology import EXCHANGES

CONFIRM_SECONDS = 5.0
# A broker short of memory or disk stops reading; without a bound, writers would wait for it.
WRITE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A body on its way; ``expiration`` in seconds; only what is ``lasting`` goes to the disk."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    headers: Mapping[str, str | int] = field(default_factory=dict)
    mandatory: bool = True
    lasting: bool = True
    expiration: float | None = None
    correlation_id: str | None = None
    reply_to: str | None = None

    def message(self) -> Message:
        """The parcel as aio-pika sends it."""
        return Message(
            self.body,
            headers=dict(self.headers),
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT if self.lasting else DeliveryMode.NOT_PERSISTENT,
            message_id=self.message_id,
            expiration=self.expiration,
            correlation_id=self.correlation_id,
            reply_to=self.reply_to,
        )


@contextmanager
def named_errors(routing_key: str) -> Iterator[None]:
    """Turns whatever the library raises while publishing into errors of ours."""
    try:
        yield
    except PublishError:
        raise Unroutable(f"no queue for {routing_key}") from None
    except DeliveryError:
        raise Overloaded(f"the queue for {routing_key} is full") from None
    except TimeoutError:
        raise DeadlineExceeded(f"{routing_key} was not confirmed in time") from None
    except asyncio.CancelledError:
        if cancelled_from_outside():
            raise
        raise DependencyUnavailable("the broker went away") from None
    except Exception as error:
        raise DependencyUnavailable("the broker went away") from error


class Confirmed:
    """Sends parcels on one channel; as many at once as there are callers."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._exchanges: dict[str, AbstractExchange] = {}
        self._ids: set[str] = set()

    async def set_up(self, link: Link) -> None:
        """Opens the channel."""
        channel = await link.channel(confirms=True)
        self._exchanges = {
            name: await channel.get_exchange(name, ensure=False) for name in EXCHANGES
        }

    async def send(self, parcel: Parcel) -> None:
        """Returns when the broker has taken the parcel. Raises as ``Publisher.publish`` does."""
        if not self._link.up:
            raise DependencyUnavailable("the broker is away")
        message = parcel.message()
        if parcel.message_id in self._ids:
            # The library finds a returned message by its id: twins in flight would be mixed up.
            message.message_id = None
        self._ids.add(parcel.message_id)
        try:
            with named_errors(parcel.routing_key):
                await self._exchanges[parcel.exchange].publish(
                    message,
                    parcel.routing_key,
                    mandatory=parcel.mandatory,
                    timeout=CONFIRM_SECONDS,
                )
        finally:
            self._ids.discard(parcel.message_id)


class Unconfirmed:
    """Sends parcels on one channel without waiting for the broker; what is lost is lost."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._exchanges: dict[str, AbstractExchange] = {}

    async def set_up(self, link: Link) -> None:
        """Opens the channel."""
        channel = await link.channel()
        self._exchanges = {
            name: await channel.get_exchange(name, ensure=False) for name in EXCHANGES
        }

    async def send(self, parcel: Parcel) -> None:
        """Returns when the parcel is on its way; TransientError when it can't be."""
        if not self._link.up:
            raise DependencyUnavailable("the broker is away")
        with named_errors(parcel.routing_key):
            await self._exchanges[parcel.exchange].publish(
                parcel.message(), parcel.routing_key, mandatory=False, timeout=WRITE_SECONDS
            )
