"""Making things happen at a running made-up Clerk."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import httpx

SECONDS = 10.0


class ClerkControl:
    """The address that is not the vendor's: sign up and in, rotate, revoke, break, look."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=f"{url}/_control", timeout=SECONDS, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def do(self, action: str, **given: Any) -> Any:
        """Something happens; what the simulator answers."""
        response = await self._http.post(f"/{action}", json=given)
        response.raise_for_status()
        return response.json()

    async def token(self, user_id: str, **given: Any) -> str:
        """A token of a fresh sign-in, or of ``session_id``."""
        return str((await self.do("sign-in", user_id=user_id, **given))["token"])

    async def look(self) -> dict[str, Any]:
        """What has happened so far."""
        response = await self._http.get("/look")
        found: dict[str, Any] = response.json()
        return found

    async def answers(self, message_id: str) -> list[int]:
        """How each try to tell of a message was answered."""
        tried = (await self.look())["deliveries"]
        return [one["status"] for one in tried if one["message_id"] == message_id]
