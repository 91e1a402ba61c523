"""Which request, and which message of it, is being worked on right now."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

LETTERS = (string.ascii_lowercase * 10)[:256].encode()


def new_request_id() -> str:
    """A random id of letters only: the app reads error bodies and must not find a status in it."""
    return secrets.token_bytes(24).translate(LETTERS).decode()


@dataclass(frozen=True, slots=True)
class Context:
    """Where the present work comes from. ``deadline`` is in Unix seconds.

    ``sent_at``: when the message being handled was written, by its sender's clock; it stays the
    same however late or often the message comes.
    """

    correlation_id: str = field(default_factory=lambda: str(uuid4()))
    request_id: str = field(default_factory=new_request_id)
    causation_id: str | None = None
    message_id: str | None = None
    attempt: int = 1
    deadline: float | None = None
    sent_at: datetime | None = None


_current: ContextVar[Context | None] = ContextVar("ab_context", default=None)


def current() -> Context:
    """The context of the present task; outside any, a fresh one."""
    return _current.get() or Context()


@contextmanager
def bound(context: Context) -> Iterator[Context]:
    """Makes ``context`` the current one inside the block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
