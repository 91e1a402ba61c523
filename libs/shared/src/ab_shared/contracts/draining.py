"""Keeping the processes of a service from their queues for a while."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from pydantic import AwareDatetime, Field, model_validator

from ab_shared.contracts.base import Event

MAX_TEXT = 200
LONGEST = timedelta(days=1)


class DrainSet(Event):
    """Processes of ``service`` take no more work until then, or take it again where it is None.

    With ``instance`` only those whose name begins with it. What they have begun they finish, and
    requests are answered all the while. The latest ``set_at`` wins, however late and often it
    comes.
    """

    routing_key: ClassVar[str] = "operator.drain_set.v1"

    service: str = Field(min_length=1, max_length=MAX_TEXT)
    instance: str | None = Field(default=None, min_length=1, max_length=MAX_TEXT)
    set_at: AwareDatetime
    until: AwareDatetime | None
    actor: str = Field(min_length=1, max_length=MAX_TEXT)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until is not None and not timedelta() < self.until - self.set_at <= LONGEST:
            raise ValueError("a service is drained for a day at the most")
        return self


class DrainTold(Event):
    """How far one process is with the ``DrainSet`` of ``set_at``.

    Told when it has heard of it, and once more when ``in_hand`` has come to 0. ``draining`` is
    False where it takes work (again).
    """

    routing_key: ClassVar[str] = "drain.told.v1"

    service: str = Field(min_length=1, max_length=MAX_TEXT)
    instance: str = Field(min_length=1, max_length=MAX_TEXT)
    set_at: AwareDatetime
    draining: bool
    in_hand: int = Field(ge=0)
