"""The public application: routes with and without their prefix, behind the middleware."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from ab_gateway.entrypoints.http import (
    affirmations,
    auth,
    captions,
    catalogue,
    devices,
    docs,
    downloads,
    exporting,
    health,
    jobs,
    library,
    listening,
    me,
    offline,
    privacy,
    programs,
    selves,
    sessions,
    sharing,
    usage,
    webhooks,
)
from ab_gateway.entrypoints.http.admin import routes as admin
from ab_gateway.entrypoints.http.cors import ScopedCors
from ab_gateway.entrypoints.http.errors import HANDLERS
from ab_gateway.entrypoints.http.heads import as_get, is_head
from ab_gateway.entrypoints.http.hot_reads import answer_hot_read, hot_read
from ab_gateway.entrypoints.http.middleware import Crowd, Guard, RequestTrail, expect_failures
from ab_gateway.entrypoints.http.tracing import Traced

PREFIX = "/v1"
DESCRIPTION = """Calm spoken tracks that loop for ever.

Every failure is an `ApiError`. Absent optional fields are left out, never null. The same routes
answer without `/v1` for installed builds. Instants are ISO 8601 in UTC.

[For app developers](docs/app-developers): signing in, base URLs of emulators and phones, errors,
limits, retries, progress, offline.
"""
TAGS = [
    {"name": "health", "description": "The app's light"},
    {"name": "auth", "description": "The built-in issuer, where it is switched on"},
    {"name": "me", "description": "The caller"},
    {"name": "programs", "description": "Courses and paths, and how far one is in them"},
    {"name": "affirmations", "description": "Help with writing"},
    {"name": "sessions", "description": "Affirmations and what plays them"},
    {"name": "jobs", "description": "Audio in the making"},
    {"name": "listening", "description": "What was heard, and what to hear next"},
    {"name": "catalogue", "description": "What there is to choose from"},
    {"name": "webhooks", "description": "What vendors tell; not for clients"},
    {"name": admin.TAG, "description": "For administrators, by role; not for apps"},
]
EXPOSED = ["ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"]

Surfaces = tuple[Literal["app", "admin"], ...]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class PublicApi(FastAPI):
    """FastAPI, describing itself with the bodies that its handlers read themselves.

    ``short_way`` answers hot reads at half of what the framework's own way costs.
    """

    short_way: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI; a hot read never enters the framework."""
        if is_head(scope):
            scope, send = as_get(scope, send)
        found = hot_read(scope) if self.short_way is not None else None
        if self.short_way is None or found is None:
            await super().__call__(scope, receive, send)
            return
        scope["app"], scope["route"] = self, found
        await self.short_way(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = docs.document(self)
        return self.openapi_schema


def public_app(
    *,
    builtin_issuer: bool = True,
    surfaces: Surfaces = ("app", "admin"),
    cors_origins: Sequence[str] = (),
    admin_cors_origins: Sequence[str] = (),
    most_at_once: int = 200,
    server_url: str | None = None,
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application; whoever serves it puts its ``Parts`` into ``app.state.parts``.

    ``surfaces`` says which halves of the API it serves: what listeners call, what administrators
    call, or both on one port.
    """
    guarding = _middleware(cors_origins, admin_cors_origins, Crowd(most_at_once))
    app = PublicApi(
        title="Affirmation Beats",
        version="1.0.0",
        summary="Affirmations in, one calm spoken track out.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        servers=[{"url": server_url}] if server_url else None,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        middleware=guarding,
        generate_unique_id_function=lambda route: route.name,
        # Spans and metrics are made by our own middleware, which tells templates alone.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    # A port that only serves administrators must not have it.
    if "app" in surfaces:
        app.short_way = _short_way(guarding)
        expect_failures()
    api = _routes(surfaces, builtin_issuer=builtin_issuer)
    app.include_router(api, prefix=PREFIX)
    app.include_router(api, include_in_schema=False)
    app.include_router(docs.router)
    return app


def _routes(surfaces: Surfaces, *, builtin_issuer: bool) -> APIRouter:
    api = APIRouter()
    if "admin" in surfaces:
        api.include_router(admin.router)
    if "app" not in surfaces:
        api.include_router(health.router)
        return api
    own = (
        me,
        usage,
        exporting,
        privacy,
        affirmations,
        selves,
        programs,
        sessions,
        library,
        sharing,
        captions,
        downloads,
        offline,
        devices,
        jobs,
        listening,
    )
    for module in (health, *own, catalogue, webhooks):
        api.include_router(module.router)
    if builtin_issuer:
        api.include_router(auth.router)
    return api


def _middleware(
    cors_origins: Sequence[str],
    admin_origins: Sequence[str],
    crowd: Crowd,
) -> list[Middleware]:
    halves = ((cors_origins, False), (admin_origins, True))
    cors = [
        Middleware(ScopedCors, origins=origins, exposed=EXPOSED, admin=admin_half)
        for origins, admin_half in halves
        if origins
    ]
    return [
        # From outside to inside: even a refusal by the guard has ids, headers and a log line.
        Middleware(Traced),
        Middleware(RequestTrail),
        *cors,
        Middleware(Guard, crowd=crowd),
    ]


def _short_way(guarding: Sequence[Middleware]) -> ASGIApp:
    """Hot reads behind the very same middleware."""
    way: ASGIApp = answer_hot_read
    for each in reversed(guarding):
        way = each.cls(way, *each.args, **each.kwargs)
    return way
