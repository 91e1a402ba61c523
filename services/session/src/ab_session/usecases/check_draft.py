"""Holds a draft to the rules of the public API, whoever hands it in."""

from __future__ import annotations

from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.rpc import SessionDraft
from ab_shared.errors import Detail, ValidationFailed
from pydantic import ValidationError


def checked(draft: SessionDraft) -> SessionDraft:
    """The draft, trimmed and in Unicode NFC.

    The rules are those of the public API, held again here because content addresses, the database
    and a listener's ear depend on them.

    Raises:
        ValidationFailed: its details name each field and what is wrong, never what was written.
    """
    try:
        found = DraftSession(
            title=draft.title,
            goal_tag=draft.goal_tag,
            affirmations=list(draft.lines),
            voice_id=draft.voice_id,
            solfeggio_hz=draft.solfeggio_hz,
            frequency_hz=draft.frequency_hz,
        )
    except ValidationError as error:
        raise ValidationFailed("The session breaks a rule", details=_complaints(error)) from None
    return SessionDraft(
        title=found.title,
        goal_tag=found.goal_tag,
        lines=tuple(found.affirmations),
        voice_id=found.voice_id,
        solfeggio_hz=found.solfeggio_hz,
        frequency_hz=found.frequency_hz,
    )


def _complaints(error: ValidationError) -> dict[str, Detail]:
    rows = error.errors(include_url=False, include_input=False, include_context=False)
    return {
        ".".join(str(part) for part in row["loc"]): row["msg"].removeprefix("Value error, ")
        for row in rows
    }
