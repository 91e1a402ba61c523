"""Sending exactly what was committed: messages are rows of the same transaction first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_shared.contracts.envelope import Envelope
from ab_shared.messaging.headers import capture

# As text: building the same statement for every message costs more than sending it.
_WRITE = text("INSERT INTO outbox (envelope, headers) VALUES (:envelope, :headers)")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way, with the headers of the work it belongs to (trace, request)."""

    envelope: Envelope
    headers: Mapping[str, str]

    @classmethod
    def now(cls, envelope: Envelope) -> Outgoing:
        """A message of the present work."""
        return cls(envelope, capture())

    @classmethod
    def stored(cls, envelope: str, headers: str) -> Outgoing:
        """What a row of the outbox holds; ValueError when it holds anything else."""
        return cls(
            Envelope.model_validate_json(envelope), cast("dict[str, str]", orjson.loads(headers))
        )


async def add(connection: AsyncConnection, envelope: Envelope) -> None:
    """Puts a message into the outbox of the connection's open transaction."""
    await add_all(connection, [Outgoing.now(envelope)])


async def add_all(connection: AsyncConnection, messages: Sequence[Outgoing]) -> None:
    """Puts many messages into the outbox in one round trip; they leave in this order."""
    rows = [
        {
            "envelope": message.envelope.model_dump_json(),
            "headers": orjson.dumps(message.headers).decode(),
        }
        for message in messages
    ]
    if rows:
        await connection.execute(_WRITE, rows)
