"""The auth service as an application."""

from __future__ import annotations

from ab_shared.service import service_app
from starlette.applications import Starlette

from ab_auth.bootstrap import running
from ab_auth.settings import AuthSettings


def create_app(settings: AuthSettings) -> Starlette:
    """Health and metrics; the application's lifespan is the service's."""
    return service_app(lambda health: running(settings, health))
