"""The session service as an application."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.runtime.process import Listener
from ab_shared.service import service_app
from starlette.applications import Starlette

from ab_session.bootstrap import running
from ab_session.settings import SessionSettings


def create_app(settings: SessionSettings) -> Starlette:
    """Health and metrics; the application's lifespan is the service's."""
    return service_app(lambda health: running(settings, health))


def listeners(settings: SessionSettings) -> Sequence[Listener]:
    """Where the process answers: its internal port only."""
    app = create_app(settings)
    return [Listener(app, settings.internal_http_host, settings.internal_http_port)]
