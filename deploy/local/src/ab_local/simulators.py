"""Vendors played on this machine: small servers of `tests-e2e/simulators`, run by their path."""

import sys

import httpx

from ab_local.child import ChildSpec, Probe
from ab_local.layout import REPOSITORY
from ab_local.stack import LOOPBACK, Stack

PLACE = REPOSITORY / "tests-e2e"
REVENUECAT = "revenuecat"
PORTS = (REVENUECAT,)
PROBE_SECONDS = 3.0
# A minute of the vendor's between two tries: nobody waits five of ours for the second one.
MINUTE_SECONDS = "1"

Environment = dict[str, str]


def revenuecat_url(stack: Stack) -> str:
    """Return where the made-up RevenueCat answers."""
    return f"http://{LOOPBACK}:{stack.ports[REVENUECAT]}"


def revenuecat_door(stack: Stack) -> Environment:
    """Return what its webhooks show at the gateway."""
    return {
        "REVENUECAT_WEBHOOK_AUTHORIZATION": f"Bearer {stack.credentials.password('revenuecat')}",
        "REVENUECAT_WEBHOOK_SECRET": stack.credentials.hex_key("revenuecat-webhooks"),
    }


def revenuecat_reader(stack: Stack) -> Environment:
    """Return what whoever reads purchases needs."""
    return {
        "REVENUECAT_API_KEY": stack.credentials.password("revenuecat-api"),
        "REVENUECAT_BASE_URL": revenuecat_url(stack),
    }


def simulator_children(stack: Stack) -> list[ChildSpec]:
    """Return every simulator; each takes about 26 MB."""
    environment = {
        **stack.base_environment(),
        **revenuecat_door(stack),
        **revenuecat_reader(stack),
        "PYTHONPATH": str(PLACE),
        "PYTHONUNBUFFERED": "1",
        "SIMULATOR_PORT": str(stack.ports[REVENUECAT]),
        "SIMULATOR_MINUTE_SECONDS": MINUTE_SECONDS,
        "SIMULATOR_WEBHOOK_URL": f"{stack.gateway_url}/v1/webhooks/revenuecat",
    }
    spec = ChildSpec(
        name=REVENUECAT,
        command=(sys.executable, "-m", f"simulators.{REVENUECAT}"),
        environment=environment,
        log=stack.layout.log(REVENUECAT),
        ready=_readiness(f"{revenuecat_url(stack)}/_control/health"),
    )
    return [spec]


def _readiness(url: str) -> Probe:
    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
                return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return is_ready
