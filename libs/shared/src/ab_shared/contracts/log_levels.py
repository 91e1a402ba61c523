"""How much a running service writes into its log."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from ab_shared.contracts.base import Event

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
MAX_TEXT = 200
LONGEST = timedelta(days=1)


class LogLevelSet(Event):
    """Every process of ``service`` (of all, where it is None) logs at ``level`` until then.

    After ``until`` the level is that of the settings again. The latest ``set_at`` wins, however
    late and often it comes.
    """

    routing_key: ClassVar[str] = "operator.log_level_set.v1"

    service: str | None = Field(default=None, max_length=MAX_TEXT)
    level: LogLevel
    set_at: AwareDatetime
    until: AwareDatetime
    actor: str = Field(min_length=1, max_length=MAX_TEXT)

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if not timedelta() < self.until - self.set_at <= LONGEST:
            raise ValueError("a level is set for a day at the most")
        return self
