"""The vendors of `tests-e2e/simulators` in one container, where the other containers reach them."""

from __future__ import annotations

import asyncio
import json
import os
from ipaddress import IPv4Address

import uvicorn
from simulators import clerk, expo_app, revenuecat
from starlette.types import ASGIApp

EVERYWHERE = str(IPv4Address(0))


async def serve(apps: dict[int, ASGIApp]) -> None:
    """Serve each application on its port until told to end."""
    configs = [
        uvicorn.Config(app, host=EVERYWHERE, port=port, log_level="warning")
        for port, app in apps.items()
    ]
    await asyncio.gather(*(uvicorn.Server(config).serve() for config in configs))


def played() -> dict[int, ASGIApp]:
    """Return the three that the local stack plays, too; each told where its webhooks go."""
    ports = json.loads(os.environ["SIMULATOR_PORTS"])
    hook = os.environ["SIMULATOR_HOOK"]
    found: dict[int, ASGIApp] = {}
    for name, module in (("clerk", clerk), ("revenuecat", revenuecat)):
        os.environ["SIMULATOR_PORT"] = str(ports[name])
        os.environ["SIMULATOR_WEBHOOK_URL"] = f"{hook}/{name}"
        found[ports[name]] = module.from_environment().app()
    found[ports["expo"]] = expo_app.Expo(os.environ["EXPO_ACCESS_TOKEN"]).app()
    return found


if __name__ == "__main__":
    asyncio.run(serve(played()))
