"""What listeners tell of themselves: values, struggle, preferences, what they want to be shown."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Empty, Request
from ab_shared.contracts.preferences import Preferences

MOST_VALUES = 50
LONGEST_VALUE_ID = 64
LONGEST_VALUE = 200
LONGEST_STRUGGLE = 200
RANKED_BY_PLACE = 3
"""Where no ranks are sent, so many get the rank of their place."""
PrimaryGoal = Literal["Calm", "Focus", "Sleep", "Confidence", "Reset"]
VoiceWish = Literal["More space", "Balanced", "More guidance"]
SoundWish = Literal["Voice-forward", "Balanced", "Atmosphere-forward"]


class GivenValue(Contract):
    """Something a listener holds dear, as they send it."""

    value_id: str = Field(min_length=1, max_length=LONGEST_VALUE_ID)
    value_text: str = Field(min_length=1, max_length=LONGEST_VALUE, repr=False)
    rank: int | None = Field(default=None, ge=1, le=MOST_VALUES)


class KeptValue(GivenValue):
    """The same as it is kept."""

    id: UUID
    created_at: datetime
    updated_at: datetime


class ListenerValues(Contract):
    """A listener's values: ranked ones first, the others as they were sent."""

    values: tuple[KeptValue, ...]


class GetValues(Request[ListenerValues]):
    """Ask what a listener holds dear."""

    routing_key: ClassVar[str] = "session.get_values.v1"
    reply_type: ClassVar[type[Contract]] = ListenerValues

    user_id: str


class SaveValues(Request[ListenerValues]):
    """Replace a listener's values; ValidationFailed for an id or a rank that comes twice."""

    routing_key: ClassVar[str] = "session.save_values.v1"
    reply_type: ClassVar[type[Contract]] = ListenerValues

    user_id: str
    values: tuple[GivenValue, ...] = Field(max_length=MOST_VALUES)


class Struggle(Contract):
    """What stands in a listener's way; None where they said nothing."""

    struggle: str | None = Field(default=None, max_length=LONGEST_STRUGGLE, repr=False)


class GetStruggle(Request[Struggle]):
    """Ask for it."""

    routing_key: ClassVar[str] = "session.get_struggle.v1"
    reply_type: ClassVar[type[Contract]] = Struggle

    user_id: str


class SaveStruggle(Request[Struggle]):
    """Keep it, trimmed; nothing but blanks is None."""

    routing_key: ClassVar[str] = "session.save_struggle.v1"
    reply_type: ClassVar[type[Contract]] = Struggle

    user_id: str
    struggle: str | None = Field(default=None, max_length=1000, repr=False)


class KeptPreferences(Contract):
    """How a listener likes to listen; the defaults where they never said."""

    preferences: Preferences


class GetPreferences(Request[KeptPreferences]):
    """Ask for it."""

    routing_key: ClassVar[str] = "session.get_preferences.v1"
    reply_type: ClassVar[type[Contract]] = KeptPreferences

    user_id: str


class SavePreferences(Request[KeptPreferences]):
    """Keep them; ``only_if`` (``tag_of``) refuses with Conflict where others were saved since."""

    routing_key: ClassVar[str] = "session.save_preferences.v1"
    reply_type: ClassVar[type[Contract]] = KeptPreferences

    user_id: str
    preferences: Preferences
    only_if: str | None = Field(default=None, max_length=64)


class CurationPreferences(Contract):
    """What a listener wants to be shown; what they did not say is None."""

    primary_goal: PrimaryGoal | None = None
    voice_preference: VoiceWish | None = None
    sound_preference: SoundWish | None = None


class KeptCurationPreferences(Contract):
    """None where they never said."""

    preferences: CurationPreferences | None = None


class GetCurationPreferences(Request[KeptCurationPreferences]):
    """Ask for it."""

    routing_key: ClassVar[str] = "session.get_curation_preferences.v1"
    reply_type: ClassVar[type[Contract]] = KeptCurationPreferences

    user_id: str


class SaveCurationPreferences(Request[Empty]):
    """Keep them; the last write stays."""

    routing_key: ClassVar[str] = "session.save_curation_preferences.v1"
    reply_type: ClassVar[type[Contract]] = Empty

    user_id: str
    preferences: CurationPreferences


def tag_of(preferences: Preferences) -> str:
    """Names preferences by what they say: equal ones have one tag."""
    return sha256(preferences.model_dump_json().encode()).hexdigest()[:32]
