"""What the people who look after the stack see of checked lines, and decide about them."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Request

Status = Literal["approved", "pending", "rejected"]
Part = Literal["title", "goal", "line"]
Cause = Literal["unavailable", "uncertain", "flagged", "clean", "reviewed"]
Outcome = Literal["decided", "unchanged", "not_found", "failed"]
MAX_FLAGGED = 100
MAX_DECISIONS = 50
MAX_REFUSED = 300


class Use(Contract):
    """Where a text stands now; ``original_text`` is what stood there when it was first written."""

    session_id: UUID
    owner_user_id: str
    part: Part
    position: int = Field(ge=0)
    original_text: str | None = Field(default=None, repr=False)


class FlaggedLine(Contract):
    """One text and what was found about it; ``uses`` holds the first few, ``used`` counts all.

    ``reason`` says why it has its status, ``category`` what it is about, ``provider`` who said so:
    openai, builtin or operator. ``text`` is None for whoever may not read what listeners write.
    """

    item_id: UUID
    status: Status
    reason: Cause
    category: str | None = None
    provider: str
    first_seen_at: AwareDatetime
    checked_at: AwareDatetime
    decided_by: str | None = None
    asked: int = Field(default=0, ge=0)
    used: int = Field(ge=0)
    uses: tuple[Use, ...] = ()
    text: str | None = Field(default=None, repr=False)


class FlaggedPage(Contract):
    """Texts, longest-waiting first; ``next_after`` asks for those behind them, None at the end."""

    lines: tuple[FlaggedLine, ...]
    next_after: str | None = None


class ListFlagged(Request[FlaggedPage]):
    """Texts in use with one status, without the texts."""

    routing_key: ClassVar[str] = "session.list_flagged.v1"
    reply_type: ClassVar[type[Contract]] = FlaggedPage

    status: Status = "pending"
    after: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=50, ge=1, le=MAX_FLAGGED)


class ReadFlagged(Request[FlaggedPage]):
    """The same with texts that are not approved: that somebody read them is audited."""

    routing_key: ClassVar[str] = "session.read_flagged.v1"
    reply_type: ClassVar[type[Contract]] = FlaggedPage

    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)
    status: Status = "pending"
    after: str | None = Field(default=None, max_length=100)
    limit: int = Field(default=50, ge=1, le=MAX_FLAGGED)


class RefusedOn(Contract):
    """How many texts of a category were refused when they entered, on a day in UTC."""

    day: date
    category: str
    count: int = Field(ge=0)


class ModerationStats(Contract):
    """How many different texts in use stand how; ``oldest_pending_at`` None where none waits."""

    approved: int = Field(ge=0)
    pending: int = Field(ge=0)
    rejected: int = Field(ge=0)
    unavailable: int = Field(ge=0)
    """Of those that are pending: how many only because nobody could be asked."""
    decided_by_people: int = Field(ge=0)
    oldest_pending_at: AwareDatetime | None = None
    providers: dict[str, int]
    categories: dict[str, int]
    """Of what is pending or rejected."""
    refused: tuple[RefusedOn, ...] = ()
    """The newest ``MAX_REFUSED``, newest day first: tries, of which no text is kept."""


class CountModeration(Request[ModerationStats]):
    """Ask how the checking of lines stands."""

    routing_key: ClassVar[str] = "session.count_moderation.v1"
    reply_type: ClassVar[type[Contract]] = ModerationStats


class Decision(Contract):
    """What somebody decided about one text, wherever it stands."""

    item_id: UUID
    verdict: Literal["approve", "reject"]


class Decided(Contract):
    """What became of a decision; ``status`` is how the text stands now, None where it is gone."""

    item_id: UUID
    outcome: Outcome
    status: Status | None = None
    stopped_jobs: int = Field(default=0, ge=0)
    sessions: int = Field(default=0, ge=0)


class DecidedAll(Contract):
    """One answer a decision, in their order."""

    results: tuple[Decided, ...]


class DecideLines(Request[DecidedAll]):
    """Decide about texts, each by itself: one that fails leaves the others standing. Audited."""

    routing_key: ClassVar[str] = "session.decide_lines.v1"
    reply_type: ClassVar[type[Contract]] = DecidedAll

    decisions: tuple[Decision, ...] = Field(min_length=1, max_length=MAX_DECISIONS)
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)
