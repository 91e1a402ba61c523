"""What the typed client can do with sessions besides: edit, delete, copy, mark, search, share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from ab_shared.contracts import http as wire
from ab_shared.contracts.http_library import (
    DuplicateIn,
    EditedSessionV3,
    EditIn,
    NewShareOut,
    SharedSessionOut,
    ShareIn,
    ShareListOut,
)
from pydantic import RootModel

from ab_client.api import ApiClient


class Said(RootModel[dict[str, Any]]):
    """A body with what was set and nothing else: null takes a goal away, absent leaves it."""


@dataclass(frozen=True, slots=True)
class Library:
    """The sessions of whoever ``api`` is signed in as; raises what ``ApiClient`` raises."""

    api: ApiClient

    async def edit(
        self,
        session_id: UUID,
        wanted: EditIn,
        *,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> EditedSessionV3:
        """Changes what is set in ``wanted``; the answer names the job, where there is one."""
        body = Said(wanted.model_dump(mode="json", by_alias=True, exclude_unset=True))
        headers = {"If-Match": if_match} if if_match else {}
        path = f"/v1/sessions/{session_id}"
        return await self.api.call(
            "PATCH", path, EditedSessionV3, body, headers={**headers, **_named(idempotency_key)}
        )

    async def delete(self, session_id: UUID) -> None:
        """Deletes a session for ever."""
        await self.api.done("DELETE", f"/v1/sessions/{session_id}")

    async def duplicate(
        self, session_id: UUID, *, title: str | None = None, idempotency_key: str | None = None
    ) -> wire.CreatedSessionV3:
        """Makes one of the caller's own of a session that they can hear."""
        return await self.api.call(
            "POST",
            f"/v1/sessions/{session_id}/duplicate",
            wire.CreatedSessionV3,
            DuplicateIn(title=title),
            headers=_named(idempotency_key),
        )

    async def mark(self, session_id: UUID, *, favourite: bool = True) -> None:
        """Marks a favourite, or takes the mark away."""
        method = "PUT" if favourite else "DELETE"
        await self.api.done(method, f"/v1/sessions/{session_id}/favourite")

    async def search(
        self,
        *,
        q: str | None = None,
        goal: str | None = None,
        favourites: bool = False,
        limit: int = 50,
        cursor: str | None = None,
    ) -> wire.SessionList:
        """A page of the sessions that are sought."""
        sought = {"q": q, "goal": goal, "cursor": cursor, "limit": limit}
        sought["favourites"] = "true" if favourites else None
        query = urlencode({name: value for name, value in sought.items() if value is not None})
        return await self.api.call("GET", f"/v1/sessions?{query}", wire.SessionList)

    async def share(
        self, session_id: UUID, *, hours: int | None = None, idempotency_key: str | None = None
    ) -> NewShareOut:
        """Makes a link; its token is told this once."""
        wanted = ShareIn() if hours is None else ShareIn(expires_in_hours=hours)
        path = f"/v1/sessions/{session_id}/share"
        return await self.api.call(
            "POST", path, NewShareOut, wanted, headers=_named(idempotency_key)
        )

    async def shares(self, session_id: UUID) -> ShareListOut:
        """The links that hold."""
        return await self.api.call("GET", f"/v1/sessions/{session_id}/shares", ShareListOut)

    async def revoke(self, session_id: UUID, share_id: UUID) -> None:
        """Ends a link."""
        await self.api.done("DELETE", f"/v1/sessions/{session_id}/shares/{share_id}")

    async def open(self, token: str) -> SharedSessionOut:
        """What a link shows; anybody may ask."""
        return await self.api.call("GET", f"/v1/shared/{token}", SharedSessionOut)

    async def duplicate_shared(
        self, token: str, *, title: str | None = None
    ) -> wire.CreatedSessionV3:
        """Makes one of the caller's own of what a link shows."""
        path = f"/v1/shared/{token}/duplicate"
        return await self.api.call("POST", path, wire.CreatedSessionV3, DuplicateIn(title=title))


def _named(idempotency_key: str | None) -> dict[str, str]:
    return {"Idempotency-Key": f'"{idempotency_key}"'} if idempotency_key else {}
