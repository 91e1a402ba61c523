"""What was found about a text, and what follows from it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from ab_shared.contracts.moderation import Part

from ab_session.domain.moderation.folding import folded

BUILTIN, OPENAI, OPERATOR = "builtin", "openai", "operator"
SELF_HARM = "self_harm"


class Status(StrEnum):
    """Pending is heard by its owner alone; rejected by nobody."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"


class Cause(StrEnum):
    """Why a text has its status."""

    CLEAN = "clean"
    UNAVAILABLE = "unavailable"
    UNCERTAIN = "uncertain"
    FLAGGED = "flagged"
    REVIEWED = "reviewed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``category`` is what it is about; ``provider`` is who said so."""

    status: Status
    reason: Cause
    provider: str
    category: str | None = None

    @property
    def care(self) -> bool:
        """Whether help belongs into the answer."""
        return self.status is Status.REJECTED and self.category == SELF_HARM

    @property
    def waits_for_vendor(self) -> bool:
        """Whether it is pending only because nobody could be asked."""
        return self.status is Status.PENDING and self.reason is Cause.UNAVAILABLE


def approved(provider: str) -> Verdict:
    """Nothing was found."""
    return Verdict(Status.APPROVED, Cause.CLEAN, provider)


def rejected(provider: str, category: str) -> Verdict:
    """Something was found that nobody shall hear."""
    return Verdict(Status.REJECTED, Cause.FLAGGED, provider, category)


def uncertain(provider: str, category: str) -> Verdict:
    """Something was found that a person should look at."""
    return Verdict(Status.PENDING, Cause.UNCERTAIN, provider, category)


def unavailable(provider: str) -> Verdict:
    """Nobody answered: that is never an approval."""
    return Verdict(Status.PENDING, Cause.UNAVAILABLE, provider)


def reviewed(status: Status, category: str | None) -> Verdict:
    """A person has decided."""
    return Verdict(status, Cause.REVIEWED, OPERATOR, category)


@dataclass(frozen=True, slots=True)
class Checked:
    """A text of a session, where it stands in it, and what was found."""

    part: Part
    position: int
    text: str
    address: str
    verdict: Verdict

    @property
    def field(self) -> str:
        """As the public API names the field."""
        return field_of(self.part, self.position)


def field_of(part: Part, position: int) -> str:
    """As the public API names a field."""
    names = {"title": "title", "goal": "goalTag"}
    return names.get(part, f"affirmations.{position}")


def text_address(key: bytes, text: str) -> str:
    """What a text is remembered by: HMAC-SHA256 under the deployment's key, 64 hex digits.

    The same for all spellings that ``folded`` makes one; a plain hash of a private sentence could
    be guessed.
    """
    return exact_address(key, folded(text))


def exact_address(key: bytes, text: str) -> str:
    """What a text, trimmed and in NFC, was remembered by before spellings were folded."""
    return hmac.new(key, f"moderated\n{text}".encode(), hashlib.sha256).hexdigest()


class Written(Protocol):
    """A draft, or a session."""

    @property
    def title(self) -> str:
        """What it is called."""
        ...

    @property
    def goal_tag(self) -> str | None:
        """What it is for, in its owner's word."""
        ...

    @property
    def lines(self) -> tuple[str, ...]:
        """What is read aloud."""
        ...


def texts_of(draft: Written) -> list[tuple[Part, int, str]]:
    """Everything in a draft that anybody could read or hear."""
    goal: list[tuple[Part, int, str]] = [("goal", 0, draft.goal_tag)] if draft.goal_tag else []
    lines: list[tuple[Part, int, str]] = [
        ("line", position, line) for position, line in enumerate(draft.lines)
    ]
    return [("title", 0, draft.title), *goal, *lines]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A rejected text that stands in a session."""

    session_id: UUID
    part: Part
    position: int
    category: str | None
