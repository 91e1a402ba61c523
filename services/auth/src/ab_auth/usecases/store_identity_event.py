"""Takes one event of an issuer: once, and never an older one after a newer one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.identity_events import StoredIdentityEvent
from ab_shared.contracts.identity_events import StoreIdentityEvent as Request
from ab_shared.contracts.revoking import TokensRevoked
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock

from ab_auth.domain.identities import Outsider
from ab_auth.ports import AuthUnit, Store
from ab_auth.usecases.say_goodbye import SayGoodbye
from ab_auth.usecases.tell_revocation import tell_revocation
from ab_auth.usecases.welcome_outsider import welcome

CHANGED = frozenset({"user.created", "user.updated"})
DELETED = "user.deleted"
SIGNED_OUT = frozenset({"session.revoked", "session.ended", "session.removed"})


@dataclass(frozen=True, slots=True)
class StoreIdentityEvent:
    """``token_life`` is how long the issuer's longest-lived token lives: a revocation lasts so."""

    store: Store
    goodbye: SayGoodbye
    clock: Clock
    token_life: timedelta

    async def __call__(self, event: Request) -> StoredIdentityEvent:
        """Committed when it returns; a type that nobody here knows changes nothing.

        Raises:
            Conflict: the user id belongs to a user of another issuer.
        """
        who = Outsider(event.issuer, event.subject, event.user_id)
        if event.event_type == DELETED:
            return await self._deleted(event, who)
        async with self.store.begin() as unit:
            new = await unit.first_event(event.event_id)
            if new:
                await self._take(unit, event, who)
        return StoredIdentityEvent(new=new)

    async def _deleted(self, event: Request, who: Outsider) -> StoredIdentityEvent:
        async with self.store.begin() as unit:
            if await unit.event_taken(event.event_id):
                return StoredIdentityEvent(new=False)
            await self.goodbye.remember(unit, who, event.changed_at)
        await self.goodbye.erase(who)
        # Marked last: a crash before this must not lose the erasure, and to ask for one that
        # lives changes nothing.
        async with self.store.begin() as unit:
            return StoredIdentityEvent(new=await unit.first_event(event.event_id))

    async def _take(self, unit: AuthUnit, event: Request, who: Outsider) -> None:
        if event.event_type in CHANGED:
            await self._changed(unit, event, who)
        elif event.event_type in SIGNED_OUT and event.session_id is not None:
            until = self.clock() + self.token_life
            ended = TokensRevoked(
                user_id=who.user_id, session_ids=(event.session_id,), forget_at=until
            )
            await tell_revocation(unit, ended)

    async def _changed(self, unit: AuthUnit, event: Request, who: Outsider) -> None:
        user, _ = await welcome(unit, who, self.clock())
        # What is older than the news we have is no news.
        if user is None or not await unit.note_change(who, event.changed_at):
            return
        if user.id != who.user_id:
            raise Conflict("The issuer's user has another id here: was its prefix changed?")
        if event.banned:
            until = self.clock() + self.token_life
            banned = TokensRevoked(user_id=user.id, issued_until=event.changed_at, forget_at=until)
            await tell_revocation(unit, banned)
