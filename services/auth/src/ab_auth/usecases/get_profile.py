"""Answers who somebody is to us, and makes the user of another issuer when first seen."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_auth.domain.identities import Outsider
from ab_auth.ports import Store
from ab_auth.usecases.welcome_outsider import welcome


@dataclass(frozen=True, slots=True)
class GetProfile:
    """``builtin_issuer`` is the name of our own issuer, None where it is off.

    At our own issuer the subject is the user id. Users of other issuers, whose tokens the gateway
    believed, are made here: their news may be late or never come.
    """

    store: Store
    builtin_issuer: str | None
    clock: Clock

    async def __call__(self, request: rpc.GetProfile) -> rpc.Profile:
        """The profile.

        Raises:
            NotFound: a subject of the built-in issuer that has no account (any more), and somebody
                who was erased and has not signed in again.
            Conflict: the subject is the id of a user of another issuer.
        """
        async with self.store.begin() as unit:
            if request.issuer == self.builtin_issuer:
                user = await unit.user(request.user_id)
            else:
                who = Outsider.named(request.issuer, request.user_id)
                user, _ = await welcome(unit, who, self.clock(), request.issued_at)
        if user is None:
            raise NotFound("There is no such user")
        return rpc.Profile(
            user_id=user.id,
            timezone=user.timezone,
            created_at=user.created_at,
            version=user.version,
        )
