"""Changes what somebody may change about themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from ab_shared.contracts import rpc
from ab_shared.contracts.profiles import UpdateProfile as Wanted
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock

from ab_auth.ports import Store
from ab_auth.usecases.get_profile import GetProfile


# Listing the zones reads a folder; it is the same as long as the process runs.
@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@dataclass(frozen=True, slots=True)
class UpdateProfile:
    """The same change again changes nothing and tells nobody."""

    store: Store
    profile: GetProfile
    clock: Clock

    async def __call__(self, request: Wanted) -> rpc.Profile:
        """The profile as it is now.

        Raises:
            ValidationFailed: the zone is none of the IANA time zone database.
            NotFound, Conflict: as reading the profile does.
        """
        if request.timezone is not None and request.timezone not in _zones():
            told = "This is not an IANA time zone, such as Europe/Berlin"
            raise ValidationFailed(told, details={"field": "timezone"})
        # Read as always, so that whoever changes their profile first is made first.
        found = await self.profile(
            rpc.GetProfile(
                user_id=request.user_id, issuer=request.issuer, issued_at=request.issued_at
            )
        )
        if request.timezone is None:
            return found
        async with self.store.begin() as unit:
            user = await unit.change_zone(found.user_id, request.timezone)
            if user is None:
                return found
            news = UserUpdated(
                user_id=user.id,
                timezone=user.timezone,
                version=user.version,
                updated_at=self.clock(),
            )
            await unit.send(news)
        return rpc.Profile(
            user_id=user.id,
            timezone=user.timezone,
            created_at=user.created_at,
            version=user.version,
        )
