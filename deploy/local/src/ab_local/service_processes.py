"""The services as child processes: their migrations, their commands and their readiness."""

import asyncio
import contextlib
import shlex
import sys

import httpx

from ab_local.child import ChildFailedError, ChildSpec, Probe
from ab_local.layout import write_private
from ab_local.services import (
    SERVICES,
    Environment,
    Service,
    internal,
    migration_environment,
    service_environment,
)
from ab_local.stack import LOOPBACK, Stack

PROBE_SECONDS = 3.0
MIGRATION_SECONDS = 60.0
# A service gives what it has in hand 20 s to finish before it ends.
DRAIN_SECONDS = 25.0
START_SECONDS = 90.0


def service_children(stack: Stack) -> list[ChildSpec]:
    """Return every service process and write its environment where a developer finds it."""
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
                    ready=_readiness(internal_url(stack, instance)),
                    stop_seconds=DRAIN_SECONDS,
                    start_seconds=START_SECONDS,
                )
            )
    return children


def internal_url(stack: Stack, instance: str) -> str:
    """Return where a service process answers /livez, /readyz and /metrics."""
    return f"http://{LOOPBACK}:{stack.ports[internal(instance)]}"


async def migrate(stack: Stack, service: Service) -> None:
    """Bring a service's database up to date as its owner role.

    Raises:
        ChildFailedError: when the migration failed or took too long.
    """
    name = f"{service.name}-migrate"
    log = stack.layout.log(name)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"ab_{service.name}", "migrate"),
            env=migration_environment(stack, service),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = await asyncio.wait_for(process.wait(), MIGRATION_SECONDS)
    except TimeoutError as error:
        raise ChildFailedError(name, "took too long", log) from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if code != 0:
        raise ChildFailedError(name, f"ended with exit code {code}", log)


def _readiness(url: str) -> Probe:
    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
                return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return is_ready


def _write_environment(stack: Stack, instance: str, environment: Environment) -> None:
    lines = (f"{name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()))
    write_private(stack.layout.environment(instance), "".join(lines))
