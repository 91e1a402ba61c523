"""Asking whether help belongs into the answer to a request that is refused for something else."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.care import Care

MOST_TEXTS = 60
LONGEST_TEXT = 2_000


class FoundCare(Contract):
    """Nothing where no text speaks of self-harm; ``told`` is all of the help in one line."""

    care: Care | None = None
    told: str | None = None


class LookForCare(Request[FoundCare]):
    """Ask about texts that obey no rule yet; they are judged here and now, and kept nowhere.

    ``timezone`` says where they live for whoever's profile does not.
    """

    routing_key: ClassVar[str] = "session.look_for_care.v1"
    reply_type: ClassVar[type[Contract]] = FoundCare

    user_id: str
    texts: tuple[str, ...] = Field(max_length=MOST_TEXTS)
    timezone: str | None = None
