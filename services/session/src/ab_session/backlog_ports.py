"""What watching over jobs needs of the database."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open jobs of a kind, and when the oldest of them was asked for."""

    number: int
    oldest: datetime


class JobBacklog(Protocol):
    """Jobs that have not ended, seen from outside their transactions."""

    async def waiting(self) -> Mapping[str, Waiting]:
        """By kind; a kind without open jobs is missing."""
        ...

    async def holding(self, before: datetime) -> AbstractSet[UUID]:
        """Open jobs, made before an instant, that say they hold a generation."""
        ...
