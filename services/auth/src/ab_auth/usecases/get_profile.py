"""Answers who somebody is to us, and makes the user of another issuer when first seen."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.clock import Clock

from ab_auth.domain.accounts import User
from ab_auth.ports import AuthUnit, Store


@dataclass(frozen=True, slots=True)
class GetProfile:
    """``builtin_issuer`` is the name of our own issuer, None where it is off.

    At our own issuer the subject is the user id. Users of other issuers, whose tokens the gateway
    believed, are made here: their news may be late or never come. Their subject becomes their id.
    """

    store: Store
    builtin_issuer: str | None
    clock: Clock

    async def __call__(self, request: rpc.GetProfile) -> rpc.Profile:
        """The profile.

        Raises:
            NotFound: a subject of the built-in issuer that has no account (any more).
            Conflict: the subject is the id of a user of another issuer.
        """
        async with self.store.begin() as unit:
            if request.issuer == self.builtin_issuer:
                user = await unit.user(request.user_id)
            else:
                user = await self._known_or_new(unit, request.issuer, request.user_id)
        if user is None:
            raise NotFound("There is no such user")
        return rpc.Profile(
            user_id=user.id,
            timezone=user.timezone,
            created_at=user.created_at,
            version=user.version,
        )

    async def _known_or_new(self, unit: AuthUnit, issuer: str, subject: str) -> User:
        known = await unit.user_of(issuer, subject)
        if known is not None:
            return known
        user = User(subject, self.clock())
        if await unit.add_user(user):
            await unit.add_identity(issuer, subject, user.id)
            await unit.send(
                UserRegistered(user_id=user.id, issuer=issuer, registered_at=user.created_at)
            )
            return user
        # Taken a moment ago: by another request for the same person, or by somebody else's issuer.
        known = await unit.user_of(issuer, subject)
        if known is None:
            raise Conflict("This user id belongs to a user of another issuer")
        return known
