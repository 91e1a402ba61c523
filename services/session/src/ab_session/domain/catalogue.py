"""The sessions everybody can play. Their ids never change: phones hold saved ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ab_session.domain.brain_layer import brain_layer
from ab_session.domain.catalogue_lines import calm, drive, rest, sos
from ab_session.domain.session import Generation, Session


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A session of the catalogue as it is written down."""

    id: UUID
    title: str
    goal_tag: str
    voice_id: str
    lines: tuple[str, ...]


def _entry(
    id_: str, title: str, goal_tag: str, voice_id: str, lines: tuple[str, ...]
) -> CatalogueEntry:
    return CatalogueEntry(UUID(id_), title, goal_tag, voice_id, lines)


CATALOGUE: tuple[CatalogueEntry, ...] = (
    _entry("1c261e4b-7009-482a-928e-5b1b46700c99", "Wake Up", "wake-up", "alloy", drive.WAKE_UP),
    _entry(
        "2d372f5c-8110-593b-a39f-6c2c57811d00", "Meditate", "meditate", "shimmer", rest.MEDITATE
    ),
    _entry("9e5c6020-0063-41ec-b8f4-604719b48f61", "Focus", "focus", "onyx", drive.FOCUS),
    _entry("5b53366c-48e8-4672-a420-9430c4436577", "Sleep", "sleep", "shimmer", rest.SLEEP),
    _entry(
        "6c64477d-59f9-6843-b531-7654d5547688",
        "Pre-Performance",
        "pre-performance",
        "alloy",
        drive.PRE_PERFORMANCE,
    ),
    _entry(
        "7d75588e-6a0a-7954-c642-8765e6658799",
        "Creativity",
        "creativity",
        "nova",
        drive.CREATIVITY,
    ),
    _entry(
        "8e86699f-7b1b-8a65-d753-9876f7769800",
        "Coffee Replacement",
        "coffee-replacement",
        "onyx",
        drive.COFFEE_REPLACEMENT,
    ),
    _entry("a1b2c3d4-e5f6-7890-abcd-ef1234567890", "Ease In", "beginner", "shimmer", calm.EASE_IN),
    _entry(
        "b2c3d4e5-f6a7-8901-bcde-f12345678901",
        "Calm Down Fast",
        "anxiety",
        "alloy",
        calm.CALM_DOWN_FAST,
    ),
    _entry(
        "c3d4e5f6-a7b8-9012-cdef-123456789012",
        "Hard Day, Strong Me",
        "resilience",
        "onyx",
        calm.HARD_DAY_STRONG_ME,
    ),
    _entry(
        "d4e5f6a7-b8c9-0123-defa-234567890123",
        "Do The Next Right Thing",
        "productivity",
        "alloy",
        drive.DO_THE_NEXT_RIGHT_THING,
    ),
    _entry("e5f6a7b8-c9d0-4234-8efa-345678901234", "Panic", "sos", "shimmer", sos.PANIC),
    _entry("f6a7b8c9-d0e1-4345-9fab-456789012345", "Overwhelm", "sos", "nova", sos.OVERWHELM),
    _entry("07b8c9d0-e1f2-4456-8abc-567890123456", "Reset", "sos", "alloy", sos.RESET),
)


def as_session(entry: CatalogueEntry, at: datetime) -> Session:
    """The entry as a session that belongs to nobody and costs nothing."""
    return Session(
        id=entry.id,
        owner_user_id=None,
        source="catalog",
        title=entry.title,
        goal_tag=entry.goal_tag,
        lines=entry.lines,
        voice_id=entry.voice_id,
        layer=brain_layer(entry.goal_tag),
        generation=Generation.FREE,
        created_at=at,
        updated_at=at,
    )
