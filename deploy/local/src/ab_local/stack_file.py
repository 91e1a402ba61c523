"""Every address and credential of a running stack, as one object for programs."""

from collections.abc import Mapping
from typing import Any

from ab_shared.contracts.catalogue import PARTICIPANTS
from ab_shared.messaging.permissions import user_of

from ab_local.child import Child
from ab_local.parts.observers import urls as observer_urls
from ab_local.parts.postgres import ADMIN as POSTGRES_ADMIN
from ab_local.parts.seaweedfs import ADMIN as S3_ADMIN
from ab_local.service_processes import internal_url
from ab_local.services import SERVICES, free_daily_generations
from ab_local.simulators import (
    clerk_url,
    elevenlabs_url,
    expo_url,
    openai_url,
    plays_ai_vendors,
    revenuecat_url,
)
from ab_local.stack import LOOPBACK, RABBITMQ_ADMIN, S3_REGION, VHOST, Stack


def describe(stack: Stack, children: Mapping[str, Child]) -> dict[str, Any]:
    """Return what `stack.json` holds."""
    return {
        "name": stack.layout.name,
        "state": str(stack.layout.state),
        "gateway_url": stack.gateway_url,
        "free_daily_generations": free_daily_generations(),
        "services": {
            name: {
                "url": internal_url(stack, name),
                "pid": child.record.pid if child.record else None,
                "env_file": str(stack.layout.environment(name)),
                "log": str(stack.layout.log(name)),
            }
            for name, child in children.items()
        },
        **observer_urls(stack),
        # Without services nobody plays a vendor either.
        "simulators": _simulators(stack) if children else {},
        "infrastructure": {
            "rabbitmq": _rabbitmq(stack),
            "postgres": _postgres(stack),
            "valkey": {"url": stack.valkey_url, "port": stack.ports["valkey"]},
            "s3": _s3(stack),
        },
    }


def _simulators(stack: Stack) -> dict[str, str]:
    found = {
        "revenuecat": revenuecat_url(stack),
        "clerk": clerk_url(stack),
        "expo": expo_url(stack),
    }
    if plays_ai_vendors():
        found |= {"elevenlabs": elevenlabs_url(stack), "openai": openai_url(stack)}
    return found


def _rabbitmq(stack: Stack) -> dict[str, Any]:
    users = (RABBITMQ_ADMIN, *map(user_of, PARTICIPANTS))
    return {
        "amqp_url": stack.rabbitmq_url(RABBITMQ_ADMIN),
        "management_url": f"http://{LOOPBACK}:{stack.ports['rabbitmq.management']}",
        "metrics_url": f"http://{LOOPBACK}:{stack.ports['rabbitmq.prometheus']}/metrics",
        "vhost": VHOST,
        "user": RABBITMQ_ADMIN,
        "password": stack.credentials.password(RABBITMQ_ADMIN),
        "urls": {user: stack.rabbitmq_url(user) for user in users},
    }


def _postgres(stack: Stack) -> dict[str, Any]:
    return {
        "host": LOOPBACK,
        "port": stack.ports["postgres"],
        "admin_url": stack.database_url(POSTGRES_ADMIN, POSTGRES_ADMIN),
        "databases": {
            service.name: {
                "url": stack.database_url(service.role, service.name),
                "owner_url": stack.database_url(service.owner_role, service.name),
            }
            for service in SERVICES
            if service.database
        },
    }


def _s3(stack: Stack) -> dict[str, Any]:
    return {
        "endpoint_url": stack.s3_endpoint,
        "region": S3_REGION,
        "access_key_id": stack.s3_access_key(S3_ADMIN),
        "secret_access_key": stack.s3_secret(S3_ADMIN),
        "buckets": sorted({bucket for service in SERVICES for bucket in service.buckets}),
        "identities": {
            service.name: {
                "access_key_id": stack.s3_access_key(service.name),
                "secret_access_key": stack.s3_secret(service.name),
                "buckets": dict(service.buckets),
            }
            for service in SERVICES
            if service.buckets
        },
    }
