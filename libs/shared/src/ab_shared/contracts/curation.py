"""Asking what to put on a listener's "For you" shelf."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args
from uuid import UUID

from pydantic import Field

from ab_shared.contracts.base import Contract, Request

Slot = Literal["next_step", "right_now_1", "right_now_2", "tonight", "your_best", "try_new"]
SLOTS: tuple[Slot, ...] = get_args(Slot)
LayerType = Literal["binaural", "solfeggio"]
LayerPreset = Literal["alpha", "beta", "delta"]


class PathPlace(Contract):
    """Where a listener is in a program; ``chapter_index`` from 1."""

    path_id: str
    path_name: str
    chapter_index: int = Field(ge=1)
    total_chapters: int = Field(ge=1)
    next_action: str | None = None


class Card(Contract):
    """A session and how to play it; ``seconds`` is a suggestion, for a session never ends."""

    slot: Slot
    session_id: UUID
    title: str
    seconds: int = Field(gt=0)
    voice_id: str
    layer_type: LayerType
    layer_preset: LayerPreset
    background_id: str
    why: str | None = None
    path: PathPlace | None = None


class Shelf(Contract):
    """At most one card a slot, in the order of the slots, no session twice."""

    cards: tuple[Card, ...]


class GetCuration(Request[Shelf]):
    """The shelf of this hour of theirs; ``timezone`` goes before the one of the profile."""

    routing_key: ClassVar[str] = "session.get_curation.v1"
    reply_type: ClassVar[type[Contract]] = Shelf

    user_id: str
    timezone: str | None = None
