"""Makes rows and stored objects agree again: checks, forgets, sweeps, service by service.

Each service is asked about its own rows and its own buckets; nobody reads another's. Stopped at
any point, it is simply begun again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.reconciling import (
    CheckAudio,
    CheckObjects,
    CheckSpeech,
    ForgetSounds,
    Kind,
    ListSounds,
    SweepAudio,
    SweepObjects,
    SweepSpeech,
)
from ab_shared.messaging.ports import Caller

KINDS: tuple[Kind, ...] = ("speech", "prepared", "track", "stem", "mixdown")
# A page is 200 questions to the object store.
PAGE_SECONDS = 15.0
Watch = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What was found of one kind. ``lost``: rows of its maker whose object is gone.

    ``forgotten``: of those session believed in; ``sessions`` have to be rendered again.
    """

    checked: int = 0
    lost: int = 0
    forgotten: int = 0
    sessions: int = 0
    orphans: int = 0
    swept: int = 0


@dataclass(slots=True)
class Found:
    """By kind of sound."""

    tallies: dict[Kind, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})

    @property
    def agrees(self) -> bool:
        """Whether nothing was missing; orphans only take up room."""
        return not any(tally.lost or tally.forgotten for tally in self.tallies.values())

    def as_dict(self) -> dict[str, dict[str, int]]:
        """For programs."""
        return {kind: asdict(tally) for kind, tally in self.tallies.items()}


class ObjectCensus:
    """With ``dry_run`` nothing is forgotten and nothing deleted."""

    def __init__(
        self, caller: Caller, *, dry_run: bool, grace_seconds: int, actor: str = OPERATOR
    ) -> None:
        self._caller = caller
        self._actor = actor
        self._dry_run = dry_run
        self._grace_seconds = grace_seconds
        self.found = Found()

    async def run(self, watch: Watch) -> Found:
        """Makers first, then what session believes of them, then what nobody names."""
        for kind in KINDS:
            watch(f"checking {kind}")
            await self._check_rows(kind)
        for kind in KINDS:
            watch(f"comparing {kind} with what session knows")
            await self._check_beliefs(kind)
        for kind in KINDS:
            watch(f"sweeping {kind}")
            await self._sweep(kind)
        return self.found

    async def _check_rows(self, kind: Kind) -> None:
        tally, after = self.found.tallies[kind], ""
        while True:
            asked = self._check(kind, after=after)
            page = await self._caller.call(asked, timeout=PAGE_SECONDS)
            tally.checked += page.checked
            tally.lost += len(page.missing)
            if page.next is None:
                return
            after = page.next

    async def _check_beliefs(self, kind: Kind) -> None:
        tally, after = self.found.tallies[kind], ""
        while True:
            asked = ListSounds(kind=kind, after=after)
            page = await self._caller.call(asked, timeout=PAGE_SECONDS)
            if page.names:
                wanted = self._check(kind, names=page.names)
                gone = (await self._caller.call(wanted, timeout=PAGE_SECONDS)).missing
                tally.forgotten += len(gone)
                if gone and not self._dry_run:
                    forget = ForgetSounds(kind=kind, names=gone, actor=self._actor)
                    tally.sessions += (
                        await self._caller.call(forget, timeout=PAGE_SECONDS)
                    ).sessions
            if page.next is None:
                return
            after = page.next

    async def _sweep(self, kind: Kind) -> None:
        tally, after = self.found.tallies[kind], ""
        while True:
            asked = self._swept(kind, after)
            page = await self._caller.call(asked, timeout=PAGE_SECONDS)
            tally.orphans += page.orphans
            tally.swept += page.deleted
            if page.next is None:
                return
            after = page.next

    def _check(self, kind: Kind, *, names: tuple[str, ...] = (), after: str = "") -> CheckObjects:
        request = CheckSpeech if kind == "speech" else CheckAudio
        return request(
            kind=kind, names=names, after=after, dry_run=self._dry_run, actor=self._actor
        )

    def _swept(self, kind: Kind, after: str) -> SweepObjects:
        request = SweepSpeech if kind == "speech" else SweepAudio
        return request(
            kind=kind,
            after=after,
            grace_seconds=self._grace_seconds,
            dry_run=self._dry_run,
            actor=self._actor,
        )
