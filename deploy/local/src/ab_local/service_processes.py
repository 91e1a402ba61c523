"""The services as child processes: their commands, environments and readiness."""

import shlex
import sys

import httpx

from ab_local.child import ChildSpec, Probe
from ab_local.layout import write_private
from ab_local.processes import MARK
from ab_local.services import (
    SERVICES,
    Environment,
    internal,
    service_environment,
)
from ab_local.stack import LOOPBACK, Stack

PROBE_SECONDS = 3.0
# A service gives what it has in hand 20 s to finish before it ends.
DRAIN_SECONDS = 25.0
START_SECONDS = 90.0


def service_children(stack: Stack) -> list[ChildSpec]:
    """Return every service process and write its environment where a developer finds it."""
    # One for all: each new client costs 30 ms of processor time for certificates.
    client = httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False)
    children = []
    for service in SERVICES:
        for instance in service.instances():
            environment = service_environment(stack, service, instance)
            _write_environment(stack, instance, environment)
            children.append(
                ChildSpec(
                    name=instance,
                    command=(sys.executable, "-m", f"ab_{service.name}"),
                    environment=environment,
                    log=stack.layout.log(instance),
                    ready=_readiness(client, internal_url(stack, instance)),
                    stop_seconds=DRAIN_SECONDS,
                    start_seconds=START_SECONDS,
                )
            )
    return children


def internal_url(stack: Stack, instance: str) -> str:
    """Return where a service process answers /livez, /readyz and /metrics."""
    return f"http://{LOOPBACK}:{stack.ports[internal(instance)]}"


def _readiness(client: httpx.AsyncClient, url: str) -> Probe:
    async def is_ready() -> bool:
        try:
            return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return is_ready


def _write_environment(stack: Stack, instance: str, environment: Environment) -> None:
    # Without the mark: what a person starts by hand isn't the supervisor's to end.
    told = sorted(item for item in environment.items() if item[0] != MARK)
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in told)
    write_private(stack.layout.environment(instance), "".join(lines))
