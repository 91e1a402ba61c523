"""What services see of the broker: say something, ask something, hear something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from ab_shared.contracts.base import Contract, Message, ReplyT, Request
from ab_shared.contracts.envelope import Envelope

MessageT = TypeVar("MessageT", bound=Message)
RequestT = TypeVar("RequestT", bound=Request[Any])
Handler: TypeAlias = Callable[[MessageT], Awaitable[None]]
Answerer: TypeAlias = Callable[[RequestT], Awaitable[Contract]]

DEFAULT_PREFETCH = 20


class Publisher(Protocol):
    """Sends commands and events."""

    async def publish(
        self, envelope: Envelope, *, headers: Mapping[str, str] | None = None
    ) -> None:
        """Returns when the broker has the message on disk.

        ``headers`` are those of ``headers.capture()`` at the time the message was written, for
        whoever publishes later (an outbox); without them those of the present work are taken.
        Raises ``InvalidMessage`` for a message this service may not send, ``Unroutable`` for a
        command nobody has a queue for, ``DependencyUnavailable`` at once during an outage,
        ``Overloaded`` when the queue is full; all but the first can be tried again.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A message that an outbox gives up: its bytes, its headers, the last error, the attempts."""

    body: bytes
    headers: Mapping[str, str]
    error: Exception
    attempt: int


class Outlet(Publisher, Protocol):
    """Where an outbox sends to."""

    async def set_aside(self, lost: Unsendable) -> None:
        """Returns when the message lies among the dead letters of this service, on disk.

        Raises as ``publish`` does; then it lies nowhere else than before.
        """
        ...


class Caller(Protocol):
    """Asks another service and waits for its answer."""

    def call(
        self, request: Request[ReplyT], *, timeout: float = 5.0
    ) -> Coroutine[Any, Any, ReplyT]:
        """The answer, within ``timeout`` seconds and the deadline of the present work.

        Raises the class of error the other side raised; ``DependencyUnavailable`` in milliseconds
        when nobody serves the request, ``DeadlineExceeded`` when no answer came in time,
        ``Overloaded`` when too many calls are waiting. A request may be answered twice: ask only
        what is a read or carries a key that makes it idempotent.
        """
        ...


@dataclass(frozen=True, slots=True)
class Subscription:
    """One command or event and who handles it."""

    message: type[Message]
    handler: Callable[[Any], Awaitable[None]]
    prefetch: int


class Subscriptions:
    """All that a process hears; a plain registry, filled in ``entrypoints/consumer.py``.

    A handler that returns has done its work for good; what it raises decides what happens next: a
    ``TransientError`` or an unknown exception climbs the retry ladder, a ``PermanentError`` makes
    a dead letter, a ``FatalError`` stops the process. Handlers may be called again with the same
    message, and in any order.
    """

    def __init__(self) -> None:
        self.handlers: dict[str, Subscription] = {}
        self.answerers: dict[str, tuple[type[Request[Any]], Answerer[Any]]] = {}

    def on(
        self,
        message_type: type[MessageT],
        handler: Handler[MessageT],
        *,
        prefetch: int = DEFAULT_PREFETCH,
    ) -> None:
        """Hears a command or an event; at most ``prefetch`` handlers of its queue run at once.

        About 20 for work that waits, the number of worker processes for work that computes. All
        events of a service share one queue: its largest ``prefetch`` counts.
        """
        self._refuse_second(message_type)
        self.handlers[message_type.routing_key] = Subscription(message_type, handler, prefetch)

    def answer(self, request_type: type[RequestT], answerer: Answerer[RequestT]) -> None:
        """Answers a request; the answer must be of the request's ``reply_type``."""
        self._refuse_second(request_type)
        self.answerers[request_type.routing_key] = (request_type, answerer)

    def _refuse_second(self, message_type: type[Message]) -> None:
        key = message_type.routing_key
        if key in self.handlers or key in self.answerers:
            raise ValueError(f"{key} has a handler already")
