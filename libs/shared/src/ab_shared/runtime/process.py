"""Running one service as one process: settings, logs, HTTP listeners, signals, graceful end."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket
from typing import TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ab_shared.errors import AbError, FatalError, SettingsInvalid
from ab_shared.runtime import logs
from ab_shared.runtime.error_reports import reporting
from ab_shared.runtime.http_protocol import BoundedHttp
from ab_shared.runtime.leaving import LEAVING
from ab_shared.runtime.process_metrics import tell_release, watching_the_loop
from ab_shared.runtime.scrubbing import Scrubber
from ab_shared.runtime.settings import ServiceSettings, load
from ab_shared.runtime.starting import STARTING
from ab_shared.runtime.telemetry import tracing
from ab_shared.runtime.telemetry_export import scrubbed

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
KEEP_ALIVE_SECONDS = 65
BACKLOG = 1024
EX_CONFIG = 78  # sysexits.h: starting it again as it is cannot help
EX_TEMPFAIL = 75  # sysexits.h: trying again later may help


@dataclass(frozen=True, slots=True)
class Listener:
    """An application and the address it answers on. Its lifespan starts and drains its parts."""

    app: ASGIApp
    host: str
    port: int


class _Refusable:
    """Keeps what an application refuses to start for, so that it is a line and not a trace."""

    def __init__(self, app: ASGIApp, refusals: list[AbError]) -> None:
        self._app = app
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed: list[Message] = []

        async def hold_failure(message: Message) -> None:
            # Starlette puts the trace into this message, before its error is seen here.
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold_failure)
        except AbError as error:
            if not failed:
                raise
            self._refusals.append(error)
            await send({"type": "lifespan.startup.failed", "message": ""})
        except Exception:
            for message in failed:
                await send(message)
            raise


class _Server(uvicorn.Server):
    """A uvicorn server that leaves the process's signals and its end to ``serve``."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn's own end would not let the other listeners close
            self.should_exit = True
        else:
            STARTING.opened()


def _server(listener: Listener, drain_seconds: float) -> _Server:
    config = uvicorn.Config(
        listener.app,
        host=listener.host,
        port=listener.port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(drain_seconds) or 1,
        backlog=BACKLOG,
        ws="none",
        http=BoundedHttp,
        lifespan="auto",
    )
    return _Server(config)


async def serve(
    listeners: Sequence[Listener], drain_seconds: float, unready_seconds: float = 0.0
) -> bool:
    """Serves until SIGTERM or SIGINT; answers whether everything had started.

    It is ready when everything listens, and not ready for ``unready_seconds`` before anything
    stops; a second signal stops at once.
    """
    LEAVING.forget()
    STARTING.begin(len(listeners))
    servers = [_server(listener, drain_seconds) for listener in listeners]

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, LEAVING.begin, unready_seconds, stop)
    async with watching_the_loop():
        tasks = [asyncio.create_task(server.serve()) for server in servers]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        stop()
        await asyncio.gather(*tasks)
    STARTING.begin(0)
    return all(server.started for server in servers)


def stop_process() -> None:
    """Asks this process to end gracefully, as SIGTERM does."""
    signal.raise_signal(signal.SIGTERM)


def run(
    service: str,
    settings_type: type[SettingsT],
    listeners: Callable[[SettingsT], Sequence[Listener]],
) -> int:
    """Runs a service until it is told to end; returns the exit code.

    Settings it cannot work with, or a database older than it, are one line on standard error and
    code 78 (EX_CONFIG); a server it needs that does not answer is one line and 75 (EX_TEMPFAIL). A
    part that does not start for any other reason is in the log, and the code is 1.
    """
    try:
        settings = load(settings_type)
        scrubber = Scrubber.of(settings)
        logs.configure(service, settings.log_level, scrubber=scrubber)
        with (
            reporting(service, settings.environment, settings.sentry_dsn, scrubber),
            tracing(service, settings, scrubbed(scrubber.text)),
        ):
            return _run(service, settings, listeners)
    except SettingsInvalid as error:
        sys.stderr.write(f"{service}: {error.message}\n")
        return EX_CONFIG


def _run(
    service: str, settings: SettingsT, listeners: Callable[[SettingsT], Sequence[Listener]]
) -> int:
    tell_release(service)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        refusals: list[AbError] = []
        parts = [
            Listener(_Refusable(part.app, refusals), part.host, part.port)
            for part in listeners(settings)
        ]
        # What is there now stays: looking through it for garbage again and again would hold up
        # every request of that moment for a tenth of a second.
        gc.collect()
        gc.freeze()
        started = runner.run(serve(parts, settings.drain_seconds, settings.unready_seconds))
    for refusal in refusals:
        sys.stderr.write(f"{service}: {refusal.message}\n")
        return EX_CONFIG if isinstance(refusal, FatalError) else EX_TEMPFAIL
    return 0 if started else 1
