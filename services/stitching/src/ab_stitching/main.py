"""The stitching service as an application."""

from __future__ import annotations

from ab_shared.service import service_app
from starlette.applications import Starlette

from ab_stitching.bootstrap import running
from ab_stitching.settings import StitchingSettings


def create_app(settings: StitchingSettings) -> Starlette:
    """Health and metrics; the application's lifespan is the service's."""
    return service_app(lambda health: running(settings, health))
