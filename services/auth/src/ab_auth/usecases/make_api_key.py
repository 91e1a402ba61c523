"""Makes a key for a machine."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts import api_keys as contract
from ab_shared.contracts.audit import Details
from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from pydantic import SecretStr

from ab_auth.domain.accounts import User
from ab_auth.domain.api_keys import ApiKey, Secret, digest_of, fresh_secret, new_token
from ab_auth.ports import AuthUnit, Store

ID_BYTES = 8
USER_BYTES = 16


@dataclass(frozen=True, slots=True)
class MakeApiKey:
    """The secret is in this one answer; what is kept opens nothing."""

    store: Store
    clock: Clock

    async def __call__(self, request: contract.MakeApiKey) -> contract.NewApiKey:
        """The key.

        Raises:
            NotFound: the user to act as is no machine's.
            Conflict: a key that is not revoked has the name.
        """
        now, secret = self.clock(), fresh_secret()
        first = Secret(1, digest_of(secret), now, now + timedelta(seconds=request.life_seconds))
        async with self.store.begin() as unit:
            user_id = request.user_id or await self._machine(unit)
            if await unit.user_of(contract.API_KEY_ISSUER, user_id) is None:
                raise NotFound("There is no such machine user")
            key = ApiKey(
                id=secrets.token_hex(ID_BYTES),
                name=request.name,
                user_id=user_id,
                scopes=tuple(sorted(set(request.scopes))),
                made_by=request.actor,
                made_at=now,
                secrets=(first,),
            )
            if not await unit.add_api_key(key):
                raise Conflict("There is a key with this name already")
            who = (request.actor, request.actor_kind)
            after: Details = {
                "name": key.name,
                "user_id": user_id,
                "scopes": list(key.scopes),
                "expires_at": first.expires_at.isoformat(),
            }
            await unit.send(
                audited(
                    "api_key.make", f"api_key:{key.id}", *who, after=after, reason=request.reason
                )
            )
        return contract.NewApiKey(key=key.state(), token=SecretStr(new_token(key.id, secret)))

    async def _machine(self, unit: AuthUnit) -> str:
        user = User(f"machine_{secrets.token_hex(USER_BYTES)}", self.clock())
        await unit.add_user(user)
        await unit.add_identity(contract.API_KEY_ISSUER, user.id, user.id)
        await unit.send(
            UserRegistered(
                user_id=user.id, issuer=contract.API_KEY_ISSUER, registered_at=user.created_at
            )
        )
        return user.id
