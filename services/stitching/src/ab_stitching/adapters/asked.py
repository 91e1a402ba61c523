"""Notes when a sound was last asked for: what was, since an erasure, stays."""

from __future__ import annotations

from typing import Any

from ab_shared.runtime.context import current
from sqlalchemy import ColumnElement, DateTime, func, literal


def asked_now(column: Any) -> ColumnElement[Any]:
    """The later of what ``column`` holds and when the present message was written."""
    return func.greatest(column, literal(current().sent_at, DateTime(timezone=True)))
