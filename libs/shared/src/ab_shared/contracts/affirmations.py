"""Asking for lines to be written."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.care import Care

DEFAULT_LINES = 4
MOST_LINES = 24


class WrittenAffirmations(Contract):
    """Lines that obey the writing rules, and why they read as they do."""

    lines: tuple[str, ...]
    reasoning: str
    care: Care | None = None
    """For whoever wrote of hurting themselves: the lines alone would be no answer."""


class WriteAffirmations(Request[WrittenAffirmations]):
    """Ask for lines towards a goal. Every text is the listener's own and may say anything."""

    routing_key: ClassVar[str] = "session.write_affirmations.v1"
    reply_type: ClassVar[type[Contract]] = WrittenAffirmations

    user_id: str
    session_type: str = ""
    struggle: str = ""
    goal: str = ""
    count: int = Field(default=DEFAULT_LINES, ge=1, le=MOST_LINES)
    timezone: str | None = None
    """Where they are, for help where their profile does not say."""


class SuggestedTitle(Contract):
    """A title that none of the listener's sessions has, and help as with lines."""

    title: str
    care: Care | None = None


class SuggestTitle(Request[SuggestedTitle]):
    """Ask what a session could be called, by its goal or its lines; nothing is kept."""

    routing_key: ClassVar[str] = "session.suggest_title.v1"
    reply_type: ClassVar[type[Contract]] = SuggestedTitle

    user_id: str
    goal: str = ""
    goal_tag: str = ""
    lines: tuple[str, ...] = ()
    timezone: str | None = None
