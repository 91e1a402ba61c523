"""A session: lines, a voice, a brain layer, and what holds its audio."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.rpc import SessionAudio, SessionDraft, SessionView, Source
from ab_shared.contracts.speech import SpeechRecipe
from ab_shared.contracts.stems import DEFAULT_BACKGROUND

from ab_session.domain.brain_layer import BrainLayer, brain_layer


class Generation(StrEnum):
    """What became of the generation that a session's audio costs; the catalogue's is free."""

    FREE = "free"
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Session:
    """``recipe`` is the pin, the voice its first render was made with.

    ``wanted_track`` is the track its lines and voice make: a job that was begun for other lines
    must not hang its track on this session. ``last_edit`` names the request that last edited it.
    """

    id: UUID
    owner_user_id: str | None
    source: Source
    title: str
    goal_tag: str | None
    lines: tuple[str, ...]
    voice_id: str
    layer: BrainLayer
    generation: Generation
    created_at: datetime
    updated_at: datetime
    recipe: SpeechRecipe | None = None
    wanted_track: str | None = None
    audio: SessionAudio | None = None
    version: int = 1
    last_edit: UUID | None = None

    @property
    def stem_ids(self) -> tuple[str, str]:
        """The brain layer and the background of its default bundle."""
        return self.layer.stem.stem_id, DEFAULT_BACKGROUND.stem_id

    def readable_by(self, user_id: str | None) -> bool:
        """The catalogue is everybody's, any other session its owner's only."""
        return self.owner_user_id is None or self.owner_user_id == user_id


def drafted(
    session_id: UUID, user_id: str, draft: SessionDraft, recipe: SpeechRecipe, at: datetime
) -> Session:
    """A new session of a user, its voice pinned and one generation held."""
    layer = brain_layer(
        draft.goal_tag, solfeggio_hz=draft.solfeggio_hz, frequency_hz=draft.frequency_hz
    )
    return Session(
        id=session_id,
        owner_user_id=user_id,
        source="user",
        title=draft.title,
        goal_tag=draft.goal_tag,
        lines=draft.lines,
        voice_id=draft.voice_id,
        layer=layer,
        generation=Generation.HELD,
        created_at=at,
        updated_at=at,
        recipe=recipe,
    )


def with_audio(session: Session, audio: SessionAudio) -> Session:
    """The session once its track exists; a generation held for it is spent."""
    held = session.generation is Generation.HELD
    generation = Generation.COMMITTED if held else session.generation
    return replace(session, audio=audio, generation=generation)


def pinned(session: Session, recipe: SpeechRecipe) -> Session:
    """The session with its voice fixed; a pin stays what it is."""
    return session if session.recipe else replace(session, recipe=recipe)


def view(session: Session) -> SessionView:
    """The session as other services see it."""
    return SessionView(
        id=session.id,
        owner_user_id=session.owner_user_id,
        source=session.source,
        title=session.title,
        goal_tag=session.goal_tag,
        lines=session.lines,
        voice_id=session.voice_id,
        frequency_hz=session.layer.frequency_hz,
        brainwave_state=session.layer.brainwave_state,
        solfeggio_hz=session.layer.solfeggio_hz,
        audio=session.audio,
        version=session.version,
        created_at=session.created_at,
        updated_at=session.updated_at,
    )


def news(session: Session) -> SessionChanged:
    """What others hear of a session that changed."""
    return SessionChanged(
        session_id=session.id, owner_user_id=session.owner_user_id, version=session.version
    )
