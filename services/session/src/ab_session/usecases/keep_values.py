"""Keeps what a listener holds dear."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ab_shared.contracts.selves import GetValues, KeptValue, ListenerValues, SaveValues
from ab_shared.runtime.clock import Clock

from ab_session.domain.valuing import rows_of
from ab_session.ports import Store, Unit


@dataclass(frozen=True, slots=True)
class KeepValues:
    """Whoever saves last is right: the list is always one that somebody sent as a whole."""

    store: Store
    clock: Clock

    async def get(self, request: GetValues) -> ListenerValues:
        """Ranked ones first."""
        async with self.store.begin() as unit:
            return await _told(unit, request.user_id)

    async def save(self, request: SaveValues) -> ListenerValues:
        """Replaces them; one that stays keeps its id.

        Raises:
            ValidationFailed: an id or a rank comes twice.
        """
        at = self.clock()
        rows = rows_of(request.values, at)
        async with self.store.begin() as unit:
            await unit.selves.replace_values(request.user_id, rows, at)
            return await _told(unit, request.user_id)


async def _told(unit: Unit, user_id: str) -> ListenerValues:
    rows = await unit.selves.values(user_id)
    return ListenerValues(values=tuple(KeptValue(**asdict(row)) for row in rows))
