"""Keeps the devices of a user that are told when something is ready."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import notices
from ab_shared.contracts.base import Empty
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_session.domain.notices import Device, masked
from ab_session.ports import Store


@dataclass(frozen=True, slots=True)
class RegisterPushToken:
    """Registering again only says that the device is still there."""

    store: Store
    clock: Clock

    async def __call__(self, request: notices.RegisterPushToken) -> notices.PushToken:
        """The device; somebody else's becomes this user's, with nothing it was to be told."""
        mine = (request.user_id, request.token, request.platform)
        async with self.store.begin() as unit:
            device = await unit.notices.register(*mine, self.clock(), notices.MOST_TOKENS)
        return _told(device)


@dataclass(frozen=True, slots=True)
class ListPushTokens:
    """Reads only."""

    store: Store

    async def __call__(self, request: notices.ListPushTokens) -> notices.PushTokens:
        """Masked, all of them: they are few."""
        async with self.store.begin() as unit:
            devices = await unit.notices.devices(request.user_id)
        return notices.PushTokens(tokens=tuple(_told(device) for device in devices))


@dataclass(frozen=True, slots=True)
class DropPushToken:
    """What it was to be told goes with it."""

    store: Store

    async def __call__(self, request: notices.DropPushToken) -> Empty:
        """NotFound when it is not one of the user's."""
        async with self.store.begin() as unit:
            if not await unit.notices.drop(request.token_id, request.user_id):
                raise NotFound("There is no such device")
        return Empty()


def _told(device: Device) -> notices.PushToken:
    return notices.PushToken(
        id=device.id,
        token=masked(device.token),
        platform="ios" if device.platform == "ios" else "android",
        created_at=device.created_at,
        seen_at=device.seen_at,
    )
