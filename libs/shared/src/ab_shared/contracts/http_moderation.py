"""The queue of texts on the admin surface."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.http_admin import Why
from ab_shared.contracts.moderation import MAX_DECISIONS, Cause, Outcome, Part, Status

Verdict = Literal["approve", "reject"]


class RefusedOnOut(ApiModel):
    """How many texts of a category were refused when they entered, on a day in UTC."""

    day: date
    category: str
    count: int


class ModerationStatsOut(ApiModel):
    """How many different texts in use stand how."""

    approved: int
    pending: int
    rejected: int
    unavailable: int = Field(description="Of the pending: those that nobody could be asked about")
    decided_by_people: int
    oldest_pending_at: Instant | None = optional()
    providers: dict[str, int]
    categories: dict[str, int] = Field(description="Of what is pending or rejected")
    refused: tuple[RefusedOnOut, ...] = Field(
        description="Refused when they entered, newest day first; no text of them is kept"
    )


class TextUseOut(ApiModel):
    """Where a text stands; ``originalText`` is what stood there first, for whoever may read it."""

    session_id: UUID
    owner_user_id: str
    part: Part
    position: int
    original_text: str | None = optional()


class FlaggedTextOut(ApiModel):
    """One text; ``text`` is left out for whoever may not read what listeners write."""

    item_id: UUID
    status: Status
    reason: Cause
    category: str | None = optional()
    provider: str
    first_seen_at: Instant
    checked_at: Instant
    decided_by: str | None = optional()
    asked: int
    used: int
    uses: tuple[TextUseOut, ...] = Field(description="The first five places where it stands")
    text: str | None = optional()


class FlaggedOut(ApiModel):
    """Texts, longest known first; ``nextCursor`` asks for those behind them."""

    texts: tuple[FlaggedTextOut, ...]
    next_cursor: str | None = optional()


class DecideIn(ApiModel):
    """A decision about one text, wherever it stands."""

    verdict: Verdict
    reason: Why | None = None


class DecisionIn(ApiModel):
    """One of many."""

    item_id: UUID
    verdict: Verdict


class DecideManyIn(ApiModel):
    """Each by itself: one that fails leaves the others standing."""

    decisions: list[DecisionIn] = Field(min_length=1, max_length=MAX_DECISIONS)
    reason: Why | None = None


class DecidedOut(ApiModel):
    """What became of a decision; ``status`` is how the text stands now."""

    item_id: UUID
    outcome: Outcome
    status: Status | None = optional()
    stopped_jobs: int
    sessions: int


class DecidedManyOut(ApiModel):
    """One answer a decision, in their order."""

    results: tuple[DecidedOut, ...]
