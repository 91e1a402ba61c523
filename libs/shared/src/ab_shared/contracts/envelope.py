"""What is wrapped around every message, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pydantic import AwareDatetime, Field

from ab_shared.contracts.base import Contract, Message


class Envelope(Contract):
    """A message with its origin.

    ``id`` is the key for doing things once; ``type`` is the routing key without its version;
    ``correlation_id`` is shared by all that one request set in motion, ``causation_id`` is the id
    of the message that led to this one.
    """

    id: str = Field(default_factory=lambda: str(uuid4()), min_length=1, max_length=200)
    type: str = Field(min_length=1)
    version: int = Field(ge=1)
    occurred_at: AwareDatetime
    correlation_id: str
    causation_id: str | None = None
    producer: str
    data: dict[str, Any]

    @property
    def routing_key(self) -> str:
        """The address of the message, version included: ``tts.synthesize.v1``."""
        return f"{self.type}.v{self.version}"


def split_routing_key(routing_key: str) -> tuple[str, int]:
    """``tts.synthesize.v1`` → (``tts.synthesize``, 1); ValueError for any other shape."""
    name, separator, version = routing_key.rpartition(".v")
    if not separator or not version.isdecimal():
        raise ValueError(f"routing key {routing_key!r} does not end in .v<number>")
    return name, int(version)


def wrap(
    message: Message,
    *,
    producer: str,
    correlation_id: str,
    causation_id: str | None = None,
    message_id: str | None = None,
) -> Envelope:
    """Puts a message into its envelope, dated now.

    Give ``message_id`` where the same effect may be sent again and must stay one message.
    """
    name, version = split_routing_key(message.routing_key)
    return Envelope(
        id=message_id or str(uuid4()),
        type=name,
        version=version,
        occurred_at=datetime.now(UTC),
        correlation_id=correlation_id,
        causation_id=causation_id,
        producer=producer,
        data=message.model_dump(mode="json"),
    )
