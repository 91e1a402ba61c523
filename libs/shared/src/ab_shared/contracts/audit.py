"""The audit trail: who did what to what, told by whoever did it and kept by auth for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, JsonValue, field_validator

from ab_shared.contracts.base import Contract, Event, Request

ActorKind = Literal["user", "admin", "operator", "service"]
Details = dict[str, JsonValue]

# An id of any issuer (255) with the word before it that says what it is.
MAX_TEXT = 300
MAX_REASON = 500
MAX_PAGE = 200
# As far as it takes to keep addresses out; what is one exactly, nobody needs to know here.
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


class AuditEntry(Contract):
    """One deed. People are named by id, never by address, and nobody's lines are in it.

    ``action`` is a verb behind what it is about (``job.cancel``, ``dead_letter.replay``),
    ``subject`` names the one thing it was done to (``job:<id>``); ``before`` and ``after`` hold
    what changed, in as few fields as tell it. A value that looks like an e-mail address is refused.
    """

    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: ActorKind
    action: str = Field(max_length=MAX_TEXT, pattern=r"^[a-z_]+(\.[a-z_]+)+$")
    subject: str = Field(min_length=1, max_length=MAX_TEXT)
    before: Details | None = None
    after: Details | None = None
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    request_id: str | None = None
    occurred_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))

    @field_validator("actor", "subject", "before", "after", "reason")
    @classmethod
    def _no_address(cls, value: JsonValue) -> JsonValue:
        if any(_ADDRESS.search(text) for text in _texts(value)):
            raise ValueError("holds an e-mail address: name people by their id")
        return value


class AuditRecorded(AuditEntry, Event):
    """Somebody with more rights than a listener did something; sent in the same transaction."""

    routing_key: ClassVar[str] = "audit.recorded.v1"


class StoredAuditEntry(AuditEntry):
    """An entry as it is kept: ``number`` grows, ``id`` is that of the message which told it."""

    number: int
    id: str
    correlation_id: str


class AuditPage(Contract):
    """Entries, newest first; ``next_before`` asks for those before them, None at the end."""

    entries: tuple[StoredAuditEntry, ...]
    next_before: int | None = None


class ListAudit(Request[AuditPage]):
    """The trail, newest first, narrowed by whatever is given; ``action`` also by its beginning."""

    routing_key: ClassVar[str] = "auth.list_audit.v1"
    reply_type: ClassVar[type[Contract]] = AuditPage

    limit: int = Field(default=50, ge=1, le=MAX_PAGE)
    before: int | None = None
    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: AwareDatetime | None = None
