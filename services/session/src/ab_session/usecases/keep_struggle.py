"""Keeps what stands in a listener's way."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.selves import LONGEST_STRUGGLE, GetStruggle, SaveStruggle, Struggle
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock

from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class KeepStruggle:
    """Private: it is in no log, and is read by the writer of affirmations only."""

    store: Store
    clock: Clock

    async def get(self, request: GetStruggle) -> Struggle:
        """None where nothing was said."""
        async with self.store.begin() as unit:
            return Struggle(struggle=await unit.selves.struggle(request.user_id))

    async def save(self, request: SaveStruggle) -> Struggle:
        """Trims it; nothing but blanks is None.

        Raises:
            ValidationFailed: it is longer than 200 characters.
        """
        said = (request.struggle or "").strip() or None
        if said is not None and len(said) > LONGEST_STRUGGLE:
            wrong = {"struggle": f"must be at most {LONGEST_STRUGGLE} characters long"}
            raise ValidationFailed("Some fields are not valid", details=wrong)
        async with self.store.begin() as unit:
            await unit.selves.save_struggle(request.user_id, said, self.clock())
        return Struggle(struggle=said)
