"""Ends a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.base import Empty
from ab_shared.runtime.clock import Clock

from ab_auth.ports import Store
from ab_auth.usecases.issue_tokens import digest_of


@dataclass(frozen=True, slots=True)
class LogOut:
    """Access tokens already out there live on for their few minutes."""

    store: Store
    clock: Clock

    async def __call__(self, request: rpc.Logout) -> Empty:
        """Revokes the family of the token, whichever of its tokens it is; unknown is no error."""
        digest = digest_of(request.refresh.token.get_secret_value())
        async with self.store.begin() as unit:
            found = await unit.family_of(digest)
            if found is not None:
                await unit.keep_family(found[0].signed_out(self.clock()))
        return Empty()
