"""What is heard about listening, about where listeners are, and what they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.curation import GetCuration
from ab_shared.contracts.listening import RecordEvents
from ab_shared.contracts.profiles import KeepZone as KeepZoneAsked
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.get_curation import MakeShelf
from ab_session.usecases.keep_zone import KeepZone
from ab_session.usecases.record_events import RecordListening


@dataclass(frozen=True, slots=True)
class ListeningParts:
    """The use cases behind it."""

    zone: KeepZone
    record: RecordListening
    shelf: MakeShelf


def add_listening(heard: Subscriptions, parts: ListeningParts) -> None:
    """Adds it to what the service hears."""
    heard.on(UserUpdated, parts.zone)
    heard.answer(KeepZoneAsked, parts.zone.asked)
    heard.answer(RecordEvents, parts.record)
    heard.answer(GetCuration, parts.shelf)
