"""The entitlement service as an application."""

from __future__ import annotations

from ab_shared.service import service_app
from starlette.applications import Starlette

from ab_entitlement.bootstrap import running
from ab_entitlement.settings import EntitlementSettings


def create_app(settings: EntitlementSettings) -> Starlette:
    """Health and metrics; the application's lifespan is the service's."""
    return service_app(lambda health: running(settings, health))
