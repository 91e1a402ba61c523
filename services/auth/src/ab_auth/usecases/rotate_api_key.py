"""Gives a machine's key a fresh secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts import api_keys as contract
from ab_shared.contracts.audit import Details
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from pydantic import SecretStr

from ab_auth.domain.api_keys import ApiKey, digest_of, fresh_secret, new_token
from ab_auth.ports import Store


@dataclass(frozen=True, slots=True)
class RotateApiKey:
    """Two secrets live for the overlap, so that every machine can change over in peace."""

    store: Store
    clock: Clock

    async def __call__(self, request: contract.RotateApiKey) -> contract.NewApiKey:
        """The key with its new secret; NotFound for an unknown one, Conflict for a revoked one."""
        now, secret = self.clock(), fresh_secret()
        life = timedelta(seconds=request.life_seconds)
        overlap = timedelta(seconds=request.overlap_seconds)
        async with self.store.begin() as unit:
            before = await unit.api_key(request.key_id, hold=True)
            if before is None:
                raise NotFound("There is no such key")
            key = before.rotated(digest_of(secret), now, life, overlap)
            await unit.keep_api_key(key)
            await unit.send(contract.ApiKeyChanged(key_id=key.id, revoked=False))
            await unit.send(
                audited(
                    "api_key.rotate",
                    f"api_key:{key.id}",
                    request.actor,
                    request.actor_kind,
                    before=_secrets(before),
                    after=_secrets(key),
                    reason=request.reason,
                )
            )
        return contract.NewApiKey(key=key.state(), token=SecretStr(new_token(key.id, secret)))


def _secrets(key: ApiKey) -> Details:
    return {str(secret.number): secret.expires_at.isoformat() for secret in key.secrets}
