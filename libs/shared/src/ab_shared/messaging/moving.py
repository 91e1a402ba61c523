"""Moving a message that could not be handled: onto the retry ladder or to the dead letters."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from ab_shared.errors import InvalidMessage, TransientError
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import decode
from ab_shared.messaging.dispatching import UNKNOWN, Dead, Delivery, Reason, Retry, stack_digest
from ab_shared.messaging.ports import Unsendable
from ab_shared.messaging.publishing import Confirmed, Parcel
from ab_shared.messaging.topology import DEAD, RETRY, outbox_place
from ab_shared.messaging.tracing import sampled

logger = logging.getLogger("ab.messaging")

SHORTEST_WAIT = 0.8
KEPT = frozenset(
    {header.ATTEMPT, header.REPLAYS, header.REQUEST_ID, "traceparent", "tracestate", "baggage"}
)
_SPREAD = random.SystemRandom()


def _kept(headers: Mapping[str, Any]) -> dict[str, str | int]:
    """The headers that are ours: the broker's own, kept, would count a new copy as an old one."""
    kept = {k: v for k, v in headers.items() if k in KEPT and isinstance(v, str | int)}
    if "traceparent" in kept:
        kept["traceparent"] = sampled(str(kept["traceparent"]))
    return kept


class Mover:
    """Publishes a copy, confirmed, before the original is acknowledged: never lost."""

    def __init__(self, publisher: Confirmed) -> None:
        self._publisher = publisher

    async def move(self, delivery: Delivery, outcome: Retry | Dead) -> bool:
        """Whether the broker has taken the copy."""
        parcel = (
            _again(delivery, outcome) if isinstance(outcome, Retry) else _aside(delivery, outcome)
        )
        try:
            await self._publisher.send(parcel)
        except TransientError as error:
            extra = {"queue": delivery.queue, "error": type(error).__name__}
            logger.warning("a message could not be moved and goes back", extra=extra)
            return False
        return True


def _again(delivery: Delivery, retry: Retry) -> Parcel:
    """A copy that waits 80 to 100 % of its rung's time, so that what failed together comes apart.

    Messages of one rung leave in order, so a shorter wait behind a longer one takes at most the
    rung's whole time: spreading downwards never delays anybody beyond it.
    """
    return Parcel(
        RETRY,
        f"{retry.rung.name}.{delivery.queue}",
        delivery.body,
        delivery.message_id or "",
        {**_kept(delivery.headers), header.ATTEMPT: retry.attempt},
        expiration=retry.rung.seconds * _SPREAD.uniform(SHORTEST_WAIT, 1),
    )


def _aside(delivery: Delivery, dead: Dead) -> Parcel:
    headers = {**_kept(delivery.headers), **dead.headers}
    return Parcel(DEAD, delivery.queue, delivery.body, delivery.message_id or "", headers)


def aside_from_outbox(service: str, lost: Unsendable) -> Parcel:
    """What a service could never send, as a dead letter of its own."""
    try:
        envelope = decode(lost.body)
    except InvalidMessage:
        envelope = None
    place = outbox_place(service)
    facts: dict[str, str | int] = {
        header.REASON: Reason.UNSENDABLE.value,
        header.ERROR: type(lost.error).__name__,
        header.ATTEMPT: lost.attempt,
        header.STACK: stack_digest(lost.error),
        header.QUEUE: place,
        header.ROUTING_KEY: envelope.routing_key if envelope else UNKNOWN,
        header.DIED_AT: header.now(),
        header.TRACE: header.trace_id_of(lost.headers),
    }
    message_id = envelope.id if envelope else uuid4().hex
    return Parcel(DEAD, place, lost.body, message_id, {**_kept(lost.headers), **facts})
