"""What is known of a dead letter, without a word of what it says. Knows no broker."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ab_shared.contracts.catalogue import BY_KEY
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import InvalidMessage
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import decode
from ab_shared.messaging.dispatching import UNKNOWN
from ab_shared.messaging.topology import is_live, outbox_place, work_queue

# What the broker writes when it dead-letters by itself (RabbitMQ, "Dead Letter Exchanges").
BROKER_DEATHS = "x-death"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that could not be handled, or not be sent.

    ``place`` is the queue it came from, or ``<service>.outbox``; ``reason`` is one of ours or the
    broker's (``delivery_limit``: it has ended its process too often); ``fields`` names what its
    message holds; ``body`` may be private.
    """

    id: str
    service: str
    place: str
    routing_key: str
    reason: str
    error: str
    attempt: int
    stack: str
    trace: str
    replays: int
    died_at: datetime | None
    correlation_id: str | None
    occurred_at: datetime | None
    fields: tuple[str, ...]
    body: bytes

    @property
    def age_key(self) -> tuple[str, str, str]:
        """Sorts letters by when they died, the same way each time."""
        died, said = (at.isoformat() if at else "" for at in (self.died_at, self.occurred_at))
        return died, said, self.id

    @property
    def destinations(self) -> tuple[str, ...]:
        """The queues it goes to when it is replayed; none where nobody would keep it."""
        if self.place != outbox_place(self.service):
            return (self.place,)
        route = BY_KEY.get(self.routing_key)
        if route is None:
            return ()
        kept = (name for name in route.hearers if not is_live(route, name))
        return tuple(work_queue(route, name) for name in kept)

    def facts(self) -> dict[str, str | int | None]:
        """Everything but its words, for people and programs."""
        died = self.died_at.isoformat().replace("+00:00", "Z") if self.died_at else None
        names = ("id", "service", "place", "routing_key", "reason", "error", "attempt")
        known = {name: getattr(self, name) for name in (*names, "stack", "trace", "replays")}
        return {**known, "died_at": died, "correlation_id": self.correlation_id}


def read_letter(
    service: str,
    place: str,
    body: bytes,
    headers: Mapping[str, Any],
    message_id: str | None = None,
) -> DeadLetter:
    """A letter as it lies in ``<service>.dead``; never fails, whatever it is."""
    envelope = _envelope(body)
    death = _broker_death(headers)

    def said(name: str, otherwise: str = "") -> str:
        value = headers.get(name)
        return value if isinstance(value, str) else otherwise

    return DeadLetter(
        id=envelope.id if envelope else message_id or f"sha256-{_digest(body)}",
        service=service,
        place=place,
        routing_key=envelope.routing_key if envelope else UNKNOWN,
        reason=said(header.REASON, str(death.get("reason", UNKNOWN))),
        error=said(header.ERROR),
        attempt=header.attempt_of(headers),
        stack=said(header.STACK),
        trace=said(header.TRACE),
        replays=replays_of(headers),
        died_at=_died_at(headers, death),
        correlation_id=envelope.correlation_id if envelope else None,
        occurred_at=envelope.occurred_at if envelope else None,
        fields=tuple(envelope.data) if envelope else (),
        body=body,
    )


def replays_of(headers: Mapping[str, Any]) -> int:
    """How often somebody has sent it back already."""
    value = headers.get(header.REPLAYS, 0)
    return value if isinstance(value, int) else 0


def _envelope(body: bytes) -> Envelope | None:
    try:
        return decode(body)
    except InvalidMessage:
        return None


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _broker_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get(BROKER_DEATHS)
    first = deaths[0] if isinstance(deaths, list) and deaths else {}
    return first if isinstance(first, dict) else {}


def _died_at(headers: Mapping[str, Any], death: Mapping[str, Any]) -> datetime | None:
    with suppress(KeyError, TypeError, ValueError):
        return datetime.fromisoformat(headers[header.DIED_AT]).astimezone(UTC)
    told = death.get("time")
    return told.astimezone(UTC) if isinstance(told, datetime) else None
