"""``ab operator watch``: shows Prometheus what no service knows of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import typer
from ab_shared.errors import AbError
from ab_shared.runtime import logs
from ab_shared.runtime.health import Health, internal_app
from ab_shared.runtime.process import EX_CONFIG, Listener, serve
from ab_shared.runtime.settings import load
from starlette.applications import Starlette

from ab_operator.desk import complaints
from ab_operator.watching.rounds import Watch
from ab_operator.watching.settings import WatchSettings

app = typer.Typer(invoke_without_command=True)
END_SECONDS = 2.0


@app.callback()
def watch() -> None:
    """Serves what no service knows of itself on /metrics until TERM.

    Whether addresses answer from outside, the ages of certificates, backups and secrets, and free
    disks. Everything is in the environment: WATCH_URLS, WATCH_CERTIFICATES, WATCH_BACKUPS,
    WATCH_SECRETS, WATCH_DISKS, INTERNAL_HTTP_PORT. No broker is needed.
    """
    try:
        settings = load(WatchSettings)
    except AbError as error:
        complaints.print(error.message, markup=False)
        raise typer.Exit(EX_CONFIG) from None
    logs.configure("watch", settings.log_level)
    listener = Listener(
        create_app(settings), settings.internal_http_host, settings.internal_http_port
    )
    if not asyncio.run(serve([listener], END_SECONDS)):
        raise typer.Exit(1)


def create_app(settings: WatchSettings) -> Starlette:
    """The internal application; it goes round while it runs."""
    health = Health()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        watch_ = Watch(settings)
        health.add("watch", watch_.check)
        task = asyncio.create_task(watch_.keep_going())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    return internal_app(health, lifespan)
