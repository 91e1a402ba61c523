"""The six services in one table: what each owns and the environment its process gets."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ab_local.simulators import PORTS as SIMULATOR_PORTS
from ab_local.simulators import (
    ai_vendors,
    clerk_door,
    clerk_reader,
    clerk_url,
    expo_sender,
    revenuecat_door,
    revenuecat_reader,
)
from ab_local.stack import LOOPBACK, S3_REGION, Stack

SPEECH, READS, MEDIA = "ab-speech", "ab-reads", "ab-media"
BUCKET_VARIABLES = {
    SPEECH: "AWS_S3_SPEECH_BUCKET_NAME",
    READS: "AWS_S3_READS_BUCKET_NAME",
    MEDIA: "AWS_S3_BUCKET_NAME",
}
READ, WRITE = "Read List", "Read Write List Tagging"
# Puts users' own tracks and offline files into their archives; the rest is none of its business.
ARCHIVE = "Read:tracks/* Read:mixdowns/* Read:exports/* Write:exports/*"
PLENTY = "1000"
MOST_THREADS = 4
# Where Expo serves the app to a browser; what it is called on a phone has no origin.
WEB_BUILD = "http://localhost:8081"
UNHINDERED = "100000"  # one machine plays many listeners: tests, load, the demo
# Set by whoever starts the stack, passed on to every service.
FOR_ALL = (
    *("LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"),
    *("OTEL_TRACES_SAMPLE_RATIO", "SENTRY_DSN"),
)
# No setting of ours: the tracing library reads it itself. Tests that wait for spans shorten it.
FOR_LIBRARIES = ("OTEL_BSP_SCHEDULE_DELAY",)

Environment = dict[str, str]


@dataclass(frozen=True)
class Service:
    """What one service owns and needs; `own` builds the variables nobody else has."""

    name: str
    database: bool = False
    buckets: Mapping[str, str] = field(default_factory=dict)
    workers: tuple[str, int] = ("", 1)
    own: Callable[[Stack], Environment] = lambda _: {}
    passed_on: tuple[str, ...] = ()

    @property
    def role(self) -> str:
        """The database role of the running service."""
        return f"ab_{self.name}"

    @property
    def owner_role(self) -> str:
        """The database role that migrations run as."""
        return f"ab_{self.name}_owner"

    def instances(self) -> list[str]:
        """Return the names of its processes: `tts`, `tts-2` ..."""
        variable, default = self.workers
        count = max(1, int(os.environ.get(variable, default) if variable else default))
        return [self.name, *(f"{self.name}-{number}" for number in range(2, count + 1))]


def _gateway(stack: Stack) -> Environment:
    return {
        "VALKEY_URL": stack.behind_proxies().valkey_url,
        "GATEWAY_HOST": stack.bind_address,
        "PORT": str(stack.ports["gateway"]),
        "API_PUBLIC_BASE_URL": stack.gateway_url,
        "MEDIA_PUBLIC_BASE_URL": stack.media_url,
        "TOKEN_ISSUERS": json.dumps(_issuers(stack)),
        "BUILTIN_ISSUER_ENABLED": "true",
        "RATE_LIMIT_PER_MINUTE": UNHINDERED,
        "RATE_LIMIT_CREATE_PER_MINUTE": UNHINDERED,
        "RATE_LIMIT_AUTH_PER_MINUTE": UNHINDERED,
        "RATE_LIMIT_AUTH_PER_ADDRESS_PER_MINUTE": UNHINDERED,
        "RATE_LIMIT_WEBHOOKS_PER_MINUTE": UNHINDERED,
        **revenuecat_door(stack),
        # Whoever names issuers of their own has no made-up one to hear webhooks of.
        **({} if os.environ.get("TOKEN_ISSUERS") else clerk_door(stack)),
    }


def _issuers(stack: Stack) -> list[dict[str, object]]:
    return [
        {"issuer": stack.gateway_url, "kind": "builtin"},
        {"issuer": clerk_url(stack), "kind": "jwks", "authorized_parties": [WEB_BUILD]},
    ]


def _auth(stack: Stack) -> Environment:
    return {
        "BUILTIN_ISSUER_ENABLED": "true",
        "TOKEN_ISSUER_URL": stack.gateway_url,
        "SIGNING_KEY_ENCRYPTION_KEY": stack.credentials.base64_key("signing-key-encryption"),
        # Gateways on one machine hear of a key in milliseconds; a developer shall see it happen.
        "SIGNING_KEY_LEAD_SECONDS": "10",
        "ERASURE_PROOF_KEY": stack.credentials.hex_key("erasure-proof"),
        **clerk_reader(stack),
    }


def _content_address(stack: Stack) -> Environment:
    return {"CONTENT_ADDRESS_KEY": stack.credentials.hex_key("content-address")}


def _session(stack: Stack) -> Environment:
    return {**_content_address(stack), **expo_sender(stack)}


def _tts(stack: Stack) -> Environment:
    # One process holds the voices once; its threads let go of the interpreter while they speak.
    return {**_content_address(stack), "TTS_THREADS": str(min(os.cpu_count() or 1, MOST_THREADS))}


def free_daily_generations() -> str:
    """Return how much a free listener has a day: what was asked for, else plenty."""
    return os.environ.get("FREE_DAILY_GENERATIONS") or PLENTY


def _entitlement(stack: Stack) -> Environment:
    return {"FREE_DAILY_GENERATIONS": free_daily_generations(), **revenuecat_reader(stack)}


SERVICES = (
    Service(
        "gateway",
        buckets={MEDIA: READ},
        own=_gateway,
        passed_on=(
            *("DEV_DEFAULT_USER", "TOKEN_ISSUERS", "CORS_ORIGINS", "SIGNED_URL_SECONDS"),
            *("RATE_LIMIT_PER_MINUTE", "RATE_LIMIT_CREATE_PER_MINUTE", "MAX_CONCURRENT_REQUESTS"),
            *("RATE_LIMIT_AUTH_PER_MINUTE", "RATE_LIMIT_AUTH_PER_ADDRESS_PER_MINUTE"),
            "RATE_LIMIT_WEBHOOKS_PER_MINUTE",
            *("REVENUECAT_WEBHOOK_AUTHORIZATION", "REVENUECAT_WEBHOOK_SECRET"),
            *("CLERK_ISSUER", "CLERK_WEBHOOK_SECRETS"),
        ),
    ),
    Service(
        "auth",
        database=True,
        buckets={MEDIA: ARCHIVE},
        own=_auth,
        passed_on=("ACCESS_TOKEN_SECONDS", "ARGON2_AT_ONCE"),
    ),
    Service(
        "session",
        database=True,
        own=_session,
        passed_on=(
            *("EXPO_PUSH_URL", "EXPO_ACCESS_TOKEN", "PUSH_AFTER_SECONDS"),
            *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_WRITER_MODEL", "OPENAI_WRITER_SECONDS"),
            *("OPENAI_WRITER_DAILY_CALLS", "OPENAI_WRITER_DAILY_DOLLARS"),
            *("OPENAI_MODERATION_ENABLED", "OPENAI_MODERATION_BASE_URL", "SESSION_HELP_LINES"),
            "SESSION_ANALYTICS_SECONDS",
        ),
    ),
    Service(
        "tts",
        database=True,
        buckets={SPEECH: WRITE},
        workers=("AB_TTS_WORKERS", 1),
        own=_tts,
        passed_on=(
            *("TTS_PROVIDERS", "TTS_VOICE_MAP", "TTS_THREADS", "TTS_VENDOR_CALL_SECONDS"),
            *("ELEVENLABS_API_KEY", "ELEVENLABS_BASE_URL", "ELEVENLABS_MODEL"),
            *("ELEVENLABS_OUTPUT_FORMAT", "ELEVENLABS_MOST_AT_ONCE"),
            *("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_SPEECH_MODEL", "OPENAI_SPEECH_FORMAT"),
        ),
    ),
    Service(
        "stitching",
        database=True,
        buckets={SPEECH: READ, READS: WRITE, MEDIA: WRITE},
        workers=("AB_STITCHING_WORKERS", 2),
        passed_on=("STITCHING_THREADS", "STITCHING_CACHED_READS"),
    ),
    Service(
        "entitlement",
        database=True,
        own=_entitlement,
        passed_on=("REVENUECAT_API_KEY", "REVENUECAT_BASE_URL"),
    ),
)
DATABASES = tuple(service.name for service in SERVICES if service.database)
S3_RIGHTS = {service.name: service.buckets for service in SERVICES if service.buckets}


def port_names() -> list[str]:
    """Return the names of the ports the services, and vendors played here, listen on."""
    internals = (internal(name) for service in SERVICES for name in service.instances())
    return ["gateway", *internals, *SIMULATOR_PORTS]


def internal(instance: str) -> str:
    """Return the name of the port with an instance's health and metrics."""
    return f"{instance}.internal"


def service_environment(stack: Stack, service: Service, instance: str) -> Environment:
    """Return the complete environment of one service process; nobody else's secrets in it."""
    passed_on = (*FOR_ALL, *FOR_LIBRARIES, *service.passed_on)
    behind = stack.behind_proxies()
    environment = {
        **_basics(stack),
        "RABBITMQ_URL": behind.rabbitmq_url(f"ab-{service.name}"),
        "INTERNAL_HTTP_HOST": LOOPBACK,
        "INTERNAL_HTTP_PORT": str(stack.ports[internal(instance)]),
        **_object_store(behind, service),
        **service.own(stack),
        **{name: os.environ[name] for name in passed_on if os.environ.get(name)},
        **ai_vendors(stack, service.name),
    }
    if service.database:
        environment["DATABASE_URL"] = behind.database_url(service.role, service.name)
    return environment


def migration_environment(stack: Stack, service: Service) -> Environment:
    """Return the environment of `migrate`, the only one with the owner's role."""
    owner_url = stack.database_url(service.owner_role, service.name)
    return {**_basics(stack), "DATABASE_OWNER_URL": owner_url}


def _basics(stack: Stack) -> Environment:
    return {
        **stack.base_environment(),
        "ENVIRONMENT": "local",
        "LOG_LEVEL": "INFO",
        "PYTHONUNBUFFERED": "1",
    }


def _object_store(stack: Stack, service: Service) -> Environment:
    if not service.buckets:
        return {}
    return {
        "AWS_ACCESS_KEY_ID": stack.s3_access_key(service.name),
        "AWS_SECRET_ACCESS_KEY": stack.s3_secret(service.name),
        "AWS_REGION": S3_REGION,
        "AWS_ENDPOINT_URL_S3": stack.s3_endpoint,
        **{BUCKET_VARIABLES[bucket]: bucket for bucket in service.buckets},
    }
