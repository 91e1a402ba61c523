"""What a user keeps offline, and the devices that are told: typed, one method a route."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from ab_shared.contracts.http_mixdowns import DownloadOut
from ab_shared.contracts.http_notices import PushTokenIn, PushTokenOut, PushTokensOut
from ab_shared.contracts.http_offline import OfflineOut
from ab_shared.contracts.notices import Platform

from ab_client.api import ApiClient


@dataclass(frozen=True, slots=True)
class Keeping:
    """The files and devices of whoever ``api`` is signed in as; raises what it raises."""

    api: ApiClient

    async def manifest(self, session_id: UUID, since: str | None = None) -> DownloadOut:
        """A session's files, or what changed of them since a version."""
        query = f"?{urlencode({'since': since})}" if since else ""
        path = f"/v1/sessions/{session_id}/download{query}"
        return await self.api.call("GET", path, DownloadOut)

    async def shelf(self) -> OfflineOut:
        """Everything kept offline, and whether it still may be played."""
        return await self.api.call("GET", "/v1/me/offline", OfflineOut)

    async def forget(self, session_id: UUID) -> None:
        """The files of a session have been deleted from this device."""
        await self.api.done("DELETE", f"/v1/me/offline/{session_id}")

    async def register(self, token: str, platform: Platform) -> PushTokenOut:
        """Has a device told when something is ready."""
        body = PushTokenIn(token=token, platform=platform)
        return await self.api.call("POST", "/v1/me/push-tokens", PushTokenOut, body)

    async def devices(self) -> list[PushTokenOut]:
        """The devices that are told, the last seen first."""
        return (await self.api.call("GET", "/v1/me/push-tokens", PushTokensOut)).tokens

    async def drop(self, token_id: UUID) -> None:
        """Has a device told no more."""
        await self.api.done("DELETE", f"/v1/me/push-tokens/{token_id}")
