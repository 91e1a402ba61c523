"""What a process tells about itself on its internal port: /livez, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from ab_shared.runtime.leaving import LEAVING
from ab_shared.runtime.starting import STARTING

CHECK_TIMEOUT_SECONDS = 2.0
Check = Callable[[], Awaitable[None]]


class Health:
    """The parts this process needs, each with a check that raises when it is gone."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._spared: set[str] = set()

    def add(self, part: str, check: Check, *, vital: bool = True) -> None:
        """Names a part and how to ask for it; without one that is not ``vital`` work goes on."""
        self._checks[part] = check
        if not vital:
            self._spared.add(part)

    def ready(self, report: dict[str, str]) -> bool:
        """Whether all that is vital is there: whoever is not ready is sent nothing."""
        return all(said == "ok" for part, said in report.items() if part not in self._spared)

    async def report(self) -> dict[str, str]:
        """Each part with ``ok`` or what is wrong with it (the error's class, never its text)."""
        results = await asyncio.gather(*(self._ask(check) for check in self._checks.values()))
        return dict(zip(self._checks, results, strict=True))

    async def _ask(self, check: Check) -> str:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                await check()
        except Exception as error:  # whatever a check raises means: this part is gone
            return type(error).__name__
        return "ok"


def internal_app(health: Health, lifespan: Lifespan[Starlette] | None = None) -> Starlette:
    """The internal HTTP application; it must never be reachable from outside."""

    async def livez(_request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(_request: Request) -> Response:
        parts = await health.report()
        ready = health.ready(parts)
        if LEAVING.begun or not STARTING.over:
            phase = "leaving" if LEAVING.begun else "starting"
            ready, parts = False, parts | {"process": phase}
        return JSONResponse({"ready": ready, "parts": parts}, status_code=200 if ready else 503)

    async def metrics(request: Request) -> Response:
        # Only OpenMetrics, which Prometheus asks for, has room for exemplars.
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), headers={"Content-Type": content_type})

    routes = [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]
    return Starlette(routes=routes, lifespan=lifespan)
