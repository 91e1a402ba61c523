"""What time it is, as something that can be handed in: tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Answers the aware UTC time."""


def utc_now() -> datetime:
    """The clock of a running service."""
    return datetime.now(UTC)
