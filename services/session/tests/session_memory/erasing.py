"""Nobody is erased in memory; that is tested on the real database."""

from __future__ import annotations

from ab_session.domain.erasing import ErasedSound
from ab_shared.contracts.reconciling import Kind


class MemoryErasing:
    """Implements what other use cases need of ``Erasing``; ``gone`` may be filled by a test."""

    def __init__(self, gone: dict[tuple[Kind, str], ErasedSound]) -> None:
        self._gone = gone

    async def rely_on_sounds(self) -> None:
        """Transactions come one at a time here."""

    async def hold_sounds(self) -> None:
        """The same."""

    async def erased(self, kind: Kind, name: str) -> ErasedSound | None:
        return self._gone.get((kind, name))
