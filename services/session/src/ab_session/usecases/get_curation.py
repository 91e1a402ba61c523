"""The "For you" shelf of this hour, and remembering what was on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.contracts.curation import GetCuration, Shelf
from ab_shared.runtime.clock import Clock

from ab_session.domain.curation.facts import Listener, histories_of, shown_on_both_days
from ab_session.domain.curation.shelf import recipes_of, shelf
from ab_session.domain.listening.clocks import zone_named
from ab_session.ports import Store, Unit

# A completion of these days counts a little more.
RECENT = timedelta(days=28)
MOST_OWN = 100
BOTH_DAYS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class MakeShelf:
    """The same for the whole hour, unless they do something meanwhile."""

    store: Store
    clock: Clock

    async def __call__(self, request: GetCuration) -> Shelf:
        """Also for somebody of whom nothing is known."""
        async with self.store.begin() as unit:
            kept = await unit.zones.zone_of(request.user_id)
            here = self.clock().astimezone(zone_named(request.timezone, kept))
            today = here.date()
            rows = await unit.shelves.shown(request.user_id, today - BOTH_DAYS)
            listener = await _listener(unit, request.user_id, here)
            before = shown_on_both_days(rows, today)
            candidates = await unit.shelves.candidates(request.user_id, MOST_OWN)
            cards = shelf(candidates, listener.after(before))
            known = {recipe for day, recipe in rows if day == today}
            await unit.shelves.show(request.user_id, today, recipes_of(cards) - known)
        return Shelf(cards=cards)


async def _listener(unit: Unit, user_id: str, here: datetime) -> Listener:
    preferences = await unit.selves.preferences(user_id)
    wishes = await unit.selves.curation_preferences(user_id)
    tallies = await unit.listening.tallies(user_id, here.date() - RECENT)
    return Listener(
        user_id=user_id,
        day=here.date(),
        hour=here.hour,
        goal=wishes.primary_goal if wishes else None,
        sound=wishes.sound_preference if wishes else None,
        guidance=wishes.voice_preference if wishes else None,
        voice_id=preferences.voice_id if preferences else None,
        background_id=preferences.background_id if preferences else None,
        path=await unit.selves.active_path(user_id),
        histories=histories_of(tallies),
    )
