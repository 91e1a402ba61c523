"""Vendors played on this machine: small servers of `tests-e2e/simulators`, run by their path."""

import json
import os
import sys

import httpx

from ab_local.child import ChildSpec, Probe
from ab_local.layout import REPOSITORY
from ab_local.stack import LOOPBACK, Stack

PLACE = REPOSITORY / "tests-e2e"
REVENUECAT = "revenuecat"
CLERK = "clerk"
EXPO = "expo"
ELEVENLABS = "elevenlabs"
OPENAI = "openai"
PORTS = (REVENUECAT, CLERK, EXPO, ELEVENLABS, OPENAI)
# Set by `up --vendors`: made-up AI vendors speak, write and moderate, in front of what is built in.
AI_VENDORS = "AB_AI_VENDORS"
SPEAKERS = (ELEVENLABS, OPENAI, "embedded")
PROBE_SECONDS = 3.0
# A minute of the vendor's between two tries: nobody waits five of ours for the second one.
MINUTE_SECONDS = "1"
CLERK_HURRY = "60"

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


def clerk_url(stack: Stack) -> str:
    """Return where the made-up Clerk answers; it is its issuer's name, too."""
    return f"http://{LOOPBACK}:{stack.ports[CLERK]}"


def clerk_door(stack: Stack) -> Environment:
    """Return what its webhooks are signed with, and whose users they tell of."""
    secret = f"whsec_{stack.credentials.password('clerk-webhooks')}"
    return {"CLERK_ISSUER": clerk_url(stack), "CLERK_WEBHOOK_SECRETS": json.dumps([secret])}


def clerk_reader(stack: Stack) -> Environment:
    """Return what whoever reads its list of users needs."""
    return {
        "CLERK_ISSUER": clerk_url(stack),
        "CLERK_SECRET_KEY": f"sk_test_{stack.credentials.password('clerk-api')}",
        "CLERK_API_URL": clerk_url(stack),
    }


def expo_url(stack: Stack) -> str:
    """Return where the made-up push service answers."""
    return f"http://{LOOPBACK}:{stack.ports[EXPO]}"


def expo_sender(stack: Stack) -> Environment:
    """Return what whoever tells devices needs; here they are told of everything that took time."""
    return {
        "EXPO_PUSH_URL": expo_url(stack),
        "EXPO_ACCESS_TOKEN": stack.credentials.password("expo-api"),
        "PUSH_AFTER_SECONDS": "0",
    }


def plays_ai_vendors() -> bool:
    """Tell whether ElevenLabs and OpenAI are played, too: no stack has them unless asked to."""
    return bool(os.environ.get(AI_VENDORS))


def elevenlabs_url(stack: Stack) -> str:
    """Return where the made-up ElevenLabs answers."""
    return f"http://{LOOPBACK}:{stack.ports[ELEVENLABS]}"


def openai_url(stack: Stack) -> str:
    """Return where the made-up OpenAI answers; its API is below `/v1`."""
    return f"http://{LOOPBACK}:{stack.ports[OPENAI]}"


def ai_vendors(stack: Stack, service: str) -> Environment:
    """Return what a service needs to call the made-up AI vendors: nothing where none is played.

    It wins over what the developer's environment holds: a real key is not for a made-up vendor.
    """
    if not plays_ai_vendors() or service not in {"tts", "session"}:
        return {}
    found = {
        "OPENAI_API_KEY": stack.credentials.password("openai-api"),
        "OPENAI_BASE_URL": f"{openai_url(stack)}/v1",
    }
    if service == "session":
        return {**found, "OPENAI_MODERATION_BASE_URL": found["OPENAI_BASE_URL"]}
    return {
        **found,
        "TTS_PROVIDERS": json.dumps(SPEAKERS),
        "ELEVENLABS_API_KEY": stack.credentials.password("elevenlabs-api"),
        "ELEVENLABS_BASE_URL": elevenlabs_url(stack),
    }


def simulator_children(stack: Stack) -> list[ChildSpec]:
    """Return every simulator that is played; each takes 26 to 32 MB, AI vendors 60."""
    found = _vendors_always_played(stack)
    if plays_ai_vendors():
        keys = ai_vendors(stack, "tts")
        found += [
            _simulator(stack, name, {key: keys[key]}, module=f"{name}_app")
            for name, key in ((ELEVENLABS, "ELEVENLABS_API_KEY"), (OPENAI, "OPENAI_API_KEY"))
        ]
    return found


def _vendors_always_played(stack: Stack) -> list[ChildSpec]:
    hook = f"{stack.gateway_url}/v1/webhooks"
    return [
        _simulator(
            stack,
            REVENUECAT,
            {
                **revenuecat_door(stack),
                **revenuecat_reader(stack),
                "SIMULATOR_MINUTE_SECONDS": MINUTE_SECONDS,
                "SIMULATOR_WEBHOOK_URL": f"{hook}/{REVENUECAT}",
            },
        ),
        _simulator(
            stack,
            CLERK,
            {
                **clerk_door(stack),
                **clerk_reader(stack),
                "SIMULATOR_ISSUER": clerk_url(stack),
                "SIMULATOR_HURRY": CLERK_HURRY,
                "SIMULATOR_WEBHOOK_URL": f"{hook}/{CLERK}",
            },
        ),
        _simulator(stack, EXPO, expo_sender(stack), module="expo_app"),
    ]


def _simulator(
    stack: Stack, name: str, own: Environment, *, module: str | None = None
) -> ChildSpec:
    environment = {
        **stack.base_environment(),
        **own,
        "PYTHONPATH": str(PLACE),
        "PYTHONUNBUFFERED": "1",
        "SIMULATOR_PORT": str(stack.ports[name]),
    }
    return ChildSpec(
        name=name,
        command=(sys.executable, "-m", f"simulators.{module or name}"),
        environment=environment,
        log=stack.layout.log(name),
        ready=_readiness(f"http://{LOOPBACK}:{stack.ports[name]}/_control/health"),
    )


def _readiness(url: str) -> Probe:
    async def is_ready() -> bool:
        try:
            async with httpx.AsyncClient(timeout=PROBE_SECONDS, trust_env=False) as client:
                return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return is_ready
