"""Shows an administrator who somebody is."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import FindUser as Request
from ab_shared.contracts.admin import FoundUser

from ab_auth.ports import Store
from ab_auth.usecases.find_person import FindPerson, known_user


@dataclass(frozen=True, slots=True)
class FindUser:
    """Looking makes nobody; ``builtin_issuer`` is the name of our own, None where it is off."""

    store: Store
    find: FindPerson
    builtin_issuer: str | None

    async def __call__(self, request: Request) -> FoundUser:
        """The user without an address; NotFound when there is none."""
        user_id = await self.find(request.person)
        async with self.store.begin() as unit:
            user = await known_user(unit, user_id)
            issuers = await unit.issuers_of(user_id)
            standing = await unit.standing(user_id)
        # Whoever no other issuer knows has an account of ours.
        own = (self.builtin_issuer,) if self.builtin_issuer and not issuers else ()
        return FoundUser(
            user_id=user.id,
            timezone=user.timezone,
            created_at=user.created_at,
            issuers=(*issuers, *own),
            role=standing.role if standing else None,
            role_version=standing.version if standing else 0,
        )
