"""The devices of a caller that are told when something is ready."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import notices
from ab_shared.contracts.http_notices import PushTokenIn, PushTokenOut, PushTokensOut
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity


class KeepDevices:
    """The session service keeps them, and masks them before they come here."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def register(self, caller: Identity, wanted: PushTokenIn) -> PushTokenOut:
        """The device; registering again says only that it is still there."""
        request = notices.RegisterPushToken(
            user_id=caller.user_id, token=wanted.token, platform=wanted.platform
        )
        return _shown(await self._services.call(request))

    async def all_of(self, caller: Identity) -> PushTokensOut:
        """Every device."""
        found = await self._services.call(notices.ListPushTokens(user_id=caller.user_id))
        return PushTokensOut(tokens=[_shown(one) for one in found.tokens])

    async def drop(self, caller: Identity, token_id: UUID) -> None:
        """NotFound when it is not the caller's."""
        request = notices.DropPushToken(user_id=caller.user_id, token_id=token_id)
        await self._services.call(request)


def _shown(token: notices.PushToken) -> PushTokenOut:
    return PushTokenOut(**token.model_dump())
