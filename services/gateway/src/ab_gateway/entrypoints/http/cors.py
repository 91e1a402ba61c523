"""Which pages may call what: listed origins only, and for administrators a list of its own."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
ADMIN_PATHS = ("/v1/admin", "/admin")


class ScopedCors(CORSMiddleware):
    """CORS for one half of the API: ``admin`` paths, or all others.

    A page that may act for listeners shall not thereby be one that may act for administrators.
    """

    def __init__(
        self, app: ASGIApp, origins: Sequence[str], exposed: Sequence[str], *, admin: bool
    ) -> None:
        super().__init__(
            app,
            allow_origins=tuple(origins),
            allow_methods=METHODS,
            allow_headers=("*",),
            expose_headers=tuple(exposed),
        )
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers preflights of its half and adds its headers there; the rest passes through."""
        if scope["type"] == "http" and _is_admin(scope["path"]) is self._admin:
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_admin(path: str) -> bool:
    return any(path == start or path.startswith(f"{start}/") for start in ADMIN_PATHS)
