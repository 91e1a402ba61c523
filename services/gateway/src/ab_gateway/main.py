"""The gateway as two applications: the public API, and health and metrics on another port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from ab_shared.runtime.health import Health, internal_app
from ab_shared.runtime.process import Listener
from fastapi import FastAPI
from starlette.applications import Starlette

from ab_gateway.bootstrap import running
from ab_gateway.entrypoints.http.app import public_app
from ab_gateway.settings import GatewaySettings


def create_app(settings: GatewaySettings, health: Health | None = None) -> FastAPI:
    """The public API; its lifespan is the gateway's."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings, health or Health()) as gateway:
            app.state.parts, app.state.hub = gateway.parts, gateway.hub
            yield

    return public_app(
        builtin_issuer=settings.builtin_issuer_enabled,
        surfaces=("app",) if settings.admin_port else ("app", "admin"),
        cors_origins=settings.cors_origins,
        admin_cors_origins=settings.admin_cors_origins,
        most_at_once=settings.max_concurrent_requests,
        server_url=settings.api_public_base_url,
        lifespan=lifespan,
    )


def create_admin_app(settings: GatewaySettings, public: FastAPI) -> FastAPI:
    """The admin surface for a port of its own, over the parts of the public application."""
    admin = public_app(
        surfaces=("admin",),
        admin_cors_origins=settings.admin_cors_origins,
        most_at_once=settings.max_concurrent_requests,
    )
    # One process, one set of parts: what the public application's lifespan makes is seen here.
    admin.state = public.state
    return admin


def listeners(settings: GatewaySettings) -> Sequence[Listener]:
    """The public address and the internal one."""
    health = Health()
    public = create_app(settings, health)

    @asynccontextmanager
    async def until_stopped(_app: Starlette) -> AsyncIterator[None]:
        yield
        # The internal port is told to stop together with the public one but has nobody to wait
        # for: this is the moment to end the event streams that the public one would wait for.
        hub = getattr(public.state, "hub", None)
        if hub is not None:
            hub.close()

    internal = internal_app(health, until_stopped)
    found = [
        Listener(public, settings.gateway_host, settings.port),
        Listener(internal, settings.internal_http_host, settings.internal_http_port),
    ]
    if settings.admin_port:
        admin = create_admin_app(settings, public)
        found.append(Listener(admin, settings.admin_host, settings.admin_port))
    return found
