"""What a refusal says: which text, and what it is about, never what was written."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.care import Care
from ab_shared.errors import Detail, ValidationFailed

from ab_session.domain.moderation.verdict import SELF_HARM, Blocked, Checked, Status, field_of

ABOUT = {
    SELF_HARM: "speaks of hurting yourself",
    "sexual_minors": "speaks of children in a sexual way",
    "hate": "speaks with hate about people",
    "violence": "speaks of violence against somebody",
    "sexual": "is sexually explicit",
    "harassment": "attacks somebody",
    "illicit": "speaks of something illegal",
}
OTHERWISE = "is not read aloud here"
REFUSED = "Some lines can't be read aloud as they are; please change them"
BLOCKED = "This session can't be played as it is: please change the line that is named"
# Every text of a draft: fifty lines, its title and its goal.
MAX_NAMED = 52


def about(category: str | None) -> str:
    """What is wrong with a text, in words for whoever wrote it."""
    return ABOUT.get(category or "", OTHERWISE)


def refusal(checked: Sequence[Checked], care: Care | None) -> ValidationFailed:
    """For texts of which at least one was rejected; with ``care`` the message is that of help."""
    wrong = [one for one in checked if one.verdict.status is Status.REJECTED]
    details: dict[str, Detail] = {
        one.field: about(one.verdict.category) for one in wrong[:MAX_NAMED]
    }
    if care is None:
        return ValidationFailed(REFUSED, details=details)
    return ValidationFailed(care.message, details={**details, "help": help_in(care)})


def blocked(found: Blocked) -> ValidationFailed:
    """For a session in which a text stands that was rejected after it was written."""
    field = field_of(found.part, found.position)
    return ValidationFailed(BLOCKED, details={field: about(found.category)})


def help_in(care: Care) -> str:
    """Everybody who helps, in one line."""
    told = (
        " ".join((line.name + ":", line.contact, *((f"({line.url})",) if line.url else ())))
        for line in care.resources
    )
    return "; ".join(told)
