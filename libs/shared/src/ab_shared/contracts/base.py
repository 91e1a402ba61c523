"""The two ways a model travels: snake_case on the broker, camelCase over HTTP."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

ReplyT = TypeVar("ReplyT", bound="Contract")


class Contract(BaseModel):
    """What travels on the broker: frozen, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class WireModel(BaseModel):
    """What travels over HTTP: camelCase names, absent optional fields left out."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True
    )


class Message(Contract):
    """A contract with an address: ``routing_key`` names it and ends in its version."""

    routing_key: ClassVar[str]


class Command(Message):
    """Asks one service to do something; somebody must be there to hear it."""


class Event(Message):
    """Says that something happened; anybody may listen, or nobody."""


class Request(Message, Generic[ReplyT]):
    """Asks one service for an answer now; ``reply_type`` is the class of that answer."""

    reply_type: ClassVar[type[Contract]]


class Empty(Contract):
    """An answer that says only: done."""
