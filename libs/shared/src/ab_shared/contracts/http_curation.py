"""The public wire format of the "For you" shelf."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict, Field

from ab_shared.contracts.curation import LayerPreset, LayerType, Slot
from ab_shared.contracts.http import ApiModel, optional


class PathInfoOut(ApiModel):
    """Where the listener is in a program."""

    path_id: str
    path_name: str
    chapter_index: int = Field(ge=1, description="From 1")
    total_chapters: int = Field(ge=1)
    next_action: str | None = optional(description="Something small to do")


class CardOut(ApiModel):
    """A session and how to play it."""

    slot: Slot
    session_id: UUID = Field(description="What to play")
    title: str
    duration: int = Field(gt=0, description="Suggested listening time in seconds; it never ends")
    voice_id: str
    brain_layer_type: LayerType
    brain_layer_preset: LayerPreset = Field(description="The nearest of the three the app knows")
    background_id: str = Field(description="As in `/catalog/backgrounds`")
    why_text: str | None = optional(description="True of this listener")
    path_info: PathInfoOut | None = optional()


class ShelfOut(ApiModel):
    """At most one card a slot; `tonight` from 18:00 to 06:00 in the listener's zone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "cards": [
                        {
                            "slot": "next_step",
                            "sessionId": "5b53366c-48e8-4672-a420-9430c4436577",
                            "title": "Sleep",
                            "duration": 1800,
                            "voiceId": "shimmer",
                            "brainLayerType": "binaural",
                            "brainLayerPreset": "delta",
                            "backgroundId": "heavy-rain",
                            "whyText": "Chapter 3 of 7: Sleep deeply",
                            "pathInfo": {
                                "pathId": "sleep-7",
                                "pathName": "Sleep deeply",
                                "chapterIndex": 3,
                                "totalChapters": 7,
                                "nextAction": "Dim the lights an hour before bed.",
                            },
                        },
                        {
                            "slot": "your_best",
                            "sessionId": "9e5c6020-0063-41ec-b8f4-604719b48f61",
                            "title": "Focus",
                            "duration": 1500,
                            "voiceId": "onyx",
                            "brainLayerType": "binaural",
                            "brainLayerPreset": "beta",
                            "backgroundId": "forest-rain",
                            "whyText": "You have finished this 12 times",
                        },
                    ]
                }
            ]
        }
    )

    cards: list[CardOut]
