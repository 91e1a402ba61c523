"""Writes the catalogue at every start, and asks for the stems that default bundles need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.stems import DEFAULT_BACKGROUND
from ab_shared.runtime.clock import Clock

from ab_session.domain.brain_layer import brain_layer
from ab_session.domain.catalogue import CATALOGUE, CatalogueEntry, as_session
from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class SeedCatalogue:
    """Changes nothing when the catalogue is there already; stems answer with what they are now."""

    store: Store
    clock: Clock
    catalogue: Sequence[CatalogueEntry] = CATALOGUE

    async def __call__(self) -> None:
        """Sessions that changed are told; their audio is made when somebody asks for it."""
        at = self.clock()
        sessions = [as_session(entry, at) for entry in self.catalogue]
        first = (DEFAULT_BACKGROUND.stem_id, brain_layer(None).stem.stem_id)
        stems = dict.fromkeys([*first, *(session.stem_ids[0] for session in sessions)])
        async with self.store.begin() as unit:
            for session_id, version in (await unit.sessions.seed(sessions)).items():
                await unit.send(
                    SessionChanged(session_id=session_id, owner_user_id=None, version=version)
                )
        # At every start: a stem whose recipe is newer than what is published is made anew.
        async with self.store.begin() as unit:
            await unit.sounds.ask_for_stems(stems, at)
            for stem_id in stems:
                await unit.send(PublishStem(stem_id=stem_id))
