"""Sending exactly what was committed: messages are rows of the same transaction first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_shared.contracts.envelope import Envelope
from ab_shared.database.message_tables import OUTBOX
from ab_shared.runtime.context import current

W3C = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way into the outbox, with the request and trace it belongs to."""

    envelope: Envelope
    request_id: str
    traceparent: str | None


def outgoing(envelope: Envelope) -> Outgoing:
    """Takes request and trace (W3C Trace Context) from the present task."""
    carrier: dict[str, str] = {}
    W3C.inject(carrier)
    return Outgoing(envelope, current().request_id, carrier.get("traceparent"))


async def add(connection: AsyncConnection, envelope: Envelope) -> None:
    """Puts a message into the outbox of the connection's open transaction."""
    await add_all(connection, [outgoing(envelope)])


async def add_all(connection: AsyncConnection, messages: Sequence[Outgoing]) -> None:
    """Puts many messages into the outbox in one round trip; they leave in this order."""
    rows = [
        {
            "envelope": message.envelope.model_dump_json(),
            "request_id": message.request_id,
            "traceparent": message.traceparent,
        }
        for message in messages
    ]
    if rows:
        await connection.execute(insert(OUTBOX), rows)
