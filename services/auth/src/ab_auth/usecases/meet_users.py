"""Makes those of several users of other issuers who are new."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ab_shared.contracts.identity_events import MeetUser as Met
from ab_shared.contracts.identity_events import MeetUsers as Command

from ab_auth.ports import Store
from ab_auth.usecases.meet_user import MeetUser


@dataclass(frozen=True, slots=True)
class MeetUsers:
    """Most of them are known: one look tells. Each new one is made by itself.

    Harmless to repeat, also where some of them were made before it failed.
    """

    store: Store
    meet: MeetUser

    async def __call__(self, command: Command) -> None:
        """All of them are there afterwards, as ``MeetUser`` says."""
        subjects: defaultdict[str, set[str]] = defaultdict(set)
        for one in command.users:
            subjects[one.issuer].add(one.subject)
        async with self.store.begin() as unit:
            known = {issuer: await unit.known_of(issuer, of) for issuer, of in subjects.items()}
        for one in command.users:
            if one.subject not in known[one.issuer]:
                await self.meet(Met(**dict(one)))
