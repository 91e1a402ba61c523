"""``python -m failures.wrapped SERVICE``: the real service, which can be told to die at a point.

Nothing of the service is replaced. Some of its public parts are wrapped, and while the file named
by ``AB_FAULT_FILE`` holds ``POINT ROUTING_KEY`` the process ends itself with SIGKILL there::

    before-commit    the rows and messages of a transaction are written, not committed
    before-publish   they are committed, and the relay is about to send this message
    after-publish    the broker has confirmed it, its row is not forgotten
    before-ack       this message has been handled, and is not acknowledged
    before-reply     this request has been handled, and is not answered
    before-store     an object is about to be uploaded; in place of a key the head of its name
"""

from __future__ import annotations

import importlib
import os
import runpy
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from ab_shared.contracts.base import Message
from ab_shared.contracts.envelope import Envelope
from ab_shared.database.transaction import Transaction
from ab_shared.messaging.answering import Responder
from ab_shared.messaging.codec import decode
from ab_shared.messaging.dispatching import Delivery, Dispatcher, Done
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.storage.s3 import ObjectStore

FAULT_FILE = "AB_FAULT_FILE"
EVIL_SPEECH = "AB_EVIL_SPEECH_URL"
AsyncMethod = Callable[..., Awaitable[Any]]


def die_at(point: str, routing_key: str) -> None:
    """Ends this process if it was told to at this point; the order is forgotten first."""
    file = Path(os.environ[FAULT_FILE])
    if file.exists() and file.read_text() == f"{point} {routing_key}":
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def wrap(owner: type, name: str, around: Callable[[AsyncMethod], AsyncMethod]) -> None:
    """Puts something around a method of a class."""
    setattr(owner, name, around(getattr(owner, name)))


def around_publish(publish: AsyncMethod) -> AsyncMethod:
    async def wrapped(
        bus: RabbitBus, envelope: Envelope, *, headers: Mapping[str, str] | None = None
    ) -> None:
        die_at("before-publish", envelope.routing_key)
        await publish(bus, envelope, headers=headers)
        die_at("after-publish", envelope.routing_key)

    return wrapped


def around_dispatch(dispatch: AsyncMethod) -> AsyncMethod:
    async def wrapped(dispatcher: Dispatcher, delivery: Delivery) -> Any:
        outcome = await dispatch(dispatcher, delivery)
        if isinstance(outcome, Done):
            die_at("before-ack", decode(delivery.body).routing_key)
        return outcome

    return wrapped


def around_respond(respond: AsyncMethod) -> AsyncMethod:
    async def wrapped(responder: Responder, delivery: Delivery) -> Any:
        reply = await respond(responder, delivery)
        die_at("before-reply", decode(delivery.body).routing_key)
        return reply

    return wrapped


def around_put(put: AsyncMethod) -> AsyncMethod:
    async def wrapped(store: ObjectStore, key: str, *given: Any, **named: Any) -> Any:
        die_at("before-store", key.partition("/")[0])
        return await put(store, key, *given, **named)

    return wrapped


class Sent:
    """Remembers what open transactions are about to send."""

    def __init__(self) -> None:
        self.keys: dict[int, set[str]] = {}

    def around_send(self, send: AsyncMethod) -> AsyncMethod:
        """Around ``Transaction.send``."""

        async def wrapped(transaction: Transaction, message: Message, **more: Any) -> None:
            await send(transaction, message, **more)
            self.keys.setdefault(id(transaction), set()).add(message.routing_key)

        return wrapped

    def around_finish(self, finish: AsyncMethod) -> AsyncMethod:
        """Around ``Transaction.finish``."""

        async def wrapped(transaction: Transaction) -> Any:
            found = await finish(transaction)
            for key in self.keys.pop(id(transaction), ()):
                die_at("before-commit", key)
            return found

        return wrapped


def wrap_all() -> None:
    """Wraps the ports on which a message enters and leaves a service."""
    sent = Sent()
    wrap(RabbitBus, "publish", around_publish)
    wrap(Dispatcher, "dispatch", around_dispatch)
    wrap(Responder, "respond", around_respond)
    wrap(ObjectStore, "put", around_put)
    wrap(Transaction, "send", sent.around_send)
    wrap(Transaction, "finish", sent.around_finish)


def main(service: str) -> None:
    """Runs the service as ``python -m ab_<service>`` does."""
    wrap_all()
    if EVIL_SPEECH in os.environ and service == "tts":
        importlib.import_module("failures.evil_provider").install(os.environ[EVIL_SPEECH])
    sys.argv = [f"ab_{service}"]
    runpy.run_module(f"ab_{service}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1])
