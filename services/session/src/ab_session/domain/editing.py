"""What an edit makes of a session: pure values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from ab_shared.contracts.editing import EditSession
from ab_shared.contracts.rpc import SessionDraft
from ab_shared.contracts.speech import SpeechRecipe

from ab_session.domain.brain_layer import BrainLayer, brain_layer
from ab_session.domain.plan import Plan
from ab_session.domain.session import Session
from ab_session.domain.sounds import Known

Spoken = tuple[str, SpeechRecipe]
"""A line and how it is spoken."""


def draft_of(session: Session, wish: EditSession) -> SessionDraft:
    """The session as it would be drafted anew with this wish."""
    bed = wish.bed
    return SessionDraft(
        title=session.title if wish.title is None else wish.title,
        goal_tag=session.goal_tag if wish.goal is None else wish.goal.tag,
        lines=session.lines if wish.lines is None else wish.lines,
        voice_id=session.voice_id if wish.voice_id is None else wish.voice_id,
        solfeggio_hz=bed.solfeggio_hz if bed else session.layer.solfeggio_hz,
        frequency_hz=bed.frequency_hz if bed else session.layer.frequency_hz,
    )


def edited(session: Session, wish: EditSession, draft: SessionDraft) -> Session:
    """The session with a checked draft's title, goal, lines and bed; its voice stays pinned."""
    return replace(
        session,
        title=draft.title,
        goal_tag=draft.goal_tag,
        lines=draft.lines,
        layer=_layer(session, wish, draft),
    )


def in_voice(session: Session, voice_id: str, recipe: SpeechRecipe) -> Session:
    """The session in another voice; in the one it has, the pin stays what it is."""
    if voice_id == session.voice_id:
        return session
    return replace(session, voice_id=voice_id, recipe=recipe)


def stamped(session: Session, wish: EditSession, at: datetime) -> Session:
    """The session once it has changed."""
    return replace(session, version=session.version + 1, updated_at=at, last_edit=wish.edit_id)


def sounds_other(before: Session, after: Session) -> bool:
    """Whether another track has to be made: a title and a bed are not in it."""
    return (before.lines, before.recipe) != (after.lines, after.recipe)


def new_reads(plan: Plan, known: Known) -> int:
    """How many different reads have to be spoken."""
    if known.track is not None:
        return 0
    missing = {
        read.speech_address
        for read in plan.reads
        if read.prepared_address not in known.prepared and read.speech_address not in known.speech
    }
    return len(missing)


def left_behind(before: Session, after: Session | None) -> Iterator[Spoken]:
    """Each line that was spoken for it and no longer is; ``after`` is None when it is deleted."""
    if before.recipe is None:
        return
    kept = set(after.lines) if after and after.recipe == before.recipe else set[str]()
    for line in dict.fromkeys(before.lines):
        if line not in kept:
            yield line, before.recipe


def tracks_left(before: Session, after: Session) -> frozenset[str]:
    """The tracks it had or was about to have and has no more."""
    had = before.audio.track_address if before.audio else None
    kept = {None, after.wanted_track}
    return frozenset(one for one in (had, before.wanted_track) if one is not None) - kept


def _layer(session: Session, wish: EditSession, draft: SessionDraft) -> BrainLayer:
    if wish.bed is not None:
        return brain_layer(
            draft.goal_tag,
            solfeggio_hz=wish.bed.solfeggio_hz,
            frequency_hz=wish.bed.frequency_hz,
        )
    # A bed that came with the goal goes with it; one that was chosen stays.
    if session.layer == brain_layer(session.goal_tag):
        return brain_layer(draft.goal_tag)
    return session.layer
