"""What the app sends and gets about the listener: values, struggle, preferences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, StrictBool, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError

from ab_shared.contracts.http import ApiModel, Instant, optional
from ab_shared.contracts.preferences import MOST, SCHEMA_VERSION, Pace, migrated, on_the_wire
from ab_shared.contracts.selves import (
    LONGEST_STRUGGLE,
    LONGEST_VALUE,
    LONGEST_VALUE_ID,
    MOST_VALUES,
    PrimaryGoal,
    SoundWish,
    VoiceWish,
)
from ab_shared.contracts.writing import PLAIN, CleanText, VoiceName

# Phones have a key for them, and nothing of ours is more than one line.
BREAKS = re.compile(r"[\r\n\t\v\f\u2028\u2029]+")
OLDER = (1, 2)


def _within(limit: int) -> AfterValidator:
    def check(text: str) -> str:
        if len(text) > limit:
            raise PydanticKnownError("string_too_long", {"max_length": limit})
        return text

    return AfterValidator(check)


ValueId = Annotated[
    CleanText,
    _within(LONGEST_VALUE_ID),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE_ID}),
]
ValueText = Annotated[
    CleanText,
    _within(LONGEST_VALUE),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}),
]
StruggleText = Annotated[
    str,
    AfterValidator(lambda text: BREAKS.sub(" ", text).strip()),
    PLAIN,
    _within(LONGEST_STRUGGLE),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_STRUGGLE}),
]
Volume = Annotated[float, Field(ge=0, le=1)]


class ValueIn(ApiModel):
    """Something the listener holds dear."""

    value_id: ValueId
    value_text: ValueText = Field(repr=False)
    rank: Annotated[int, Field(ge=1, le=MOST_VALUES)] | None = Field(
        default=None, description="1 comes first; without any rank the first three get 1 to 3"
    )


class ValuesIn(ApiModel):
    """All of a listener's values: what is left out is gone."""

    values: Annotated[list[ValueIn], Field(max_length=MOST_VALUES)]


class ValueOut(ApiModel):
    """A value as it is kept."""

    id: UUID
    user_id: str
    value_id: str
    value_text: str
    rank: int | None
    created_at: Instant
    updated_at: Instant


class ValuesOut(ApiModel):
    """Ranked ones first, by rank; then the others, as they were sent."""

    values: list[ValueOut]


class ValuesSavedOut(ApiModel):
    """How many are kept now."""

    success: Literal[True] = True
    count: int


class StruggleIn(ApiModel):
    """What stands in the way; null or blanks forget it."""

    struggle: StruggleText | None = Field(repr=False)


class StruggleOut(ApiModel):
    """What stands in the way, in the listener's own words; null where nothing was said."""

    struggle: str | None


class StruggleSavedOut(StruggleOut):
    """It is kept, trimmed."""

    success: Literal[True] = True


class MixWish(ApiModel):
    """Volumes, 0 to 1; what is left out is that of the default mix."""

    affirmations: Volume | None = optional()
    binaural: Volume | None = optional(description="The brain layer, solfeggio included")
    background: Volume | None = optional()


class PreferencesIn(ApiModel):
    """Preferences of any version; what is left out is the default.

    What says that it is version 1 or 2 is never refused: what does not fit is the default, too.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    schema_version: Annotated[int, Field(ge=1)] | None = optional()
    voice_id: VoiceName | None = optional()
    pace: Pace | None = optional(description="Kept for the app; every track is read slowly")
    affirmation_spacing_ms: Annotated[int, Field(ge=0, le=MOST)] | None = optional()
    binaural_hz: Annotated[float, Field(ge=1, le=MOST)] | None = optional()
    background_id: VoiceName | None = optional()
    mix: MixWish | None = optional()
    loop_background: StrictBool | None = optional()
    loop_binaural: StrictBool | None = optional()

    @model_validator(mode="before")
    @classmethod
    def _from_older(cls, said: Any) -> Any:
        if isinstance(said, Mapping) and said.get("schemaVersion") in OLDER:
            return on_the_wire(migrated(said))
        return said


class MixOfMine(ApiModel):
    """Volumes, 0 to 1."""

    affirmations: float
    binaural: float
    background: float


class PreferencesV3(ApiModel):
    """How the listener likes to listen; the mix and the background are in every bundle."""

    schema_version: Literal[3] = SCHEMA_VERSION
    voice_id: str
    pace: Pace
    affirmation_spacing_ms: int
    binaural_hz: float
    background_id: str
    mix: MixOfMine
    loop_background: bool
    loop_binaural: bool


class CurationPreferencesIn(ApiModel):
    """What to be shown; all of it may be left out, and is then forgotten."""

    primary_goal: PrimaryGoal | None = optional()
    voice_preference: VoiceWish | None = optional()
    sound_preference: SoundWish | None = optional()

    @model_validator(mode="before")
    @classmethod
    def _as_it_is_read(cls, said: Any) -> Any:
        # What GET answers may be sent back as it is.
        inner = said.get("preferences") if isinstance(said, Mapping) else None
        return inner if isinstance(inner, Mapping) else said


class CurationPreferencesOut(ApiModel):
    """What the listener wants to be shown; what they did not say is left out."""

    primary_goal: PrimaryGoal | None = optional()
    voice_preference: VoiceWish | None = optional()
    sound_preference: SoundWish | None = optional()


class KeptCurationPreferencesOut(ApiModel):
    """Null where nothing was ever said."""

    preferences: CurationPreferencesOut | None


class SavedOut(ApiModel):
    """It is kept."""

    success: Literal[True] = True
