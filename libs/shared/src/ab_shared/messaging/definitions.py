"""The topology as RabbitMQ imports it, at deployment, by an administrator."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ab_shared.contracts.catalogue import PARTICIPANTS
from ab_shared.messaging.permissions import permission, topic_permissions, user_of
from ab_shared.messaging.topology import EXCHANGES, TOPOLOGY, Topology

VHOST = "ab"
# What RabbitMQ prescribes; its hash is the salt and the digest in one.
SALT_BYTES = 4


def definitions(
    passwords: Mapping[str, str] | None = None,
    vhost: str = VHOST,
    topology: Topology = TOPOLOGY,
) -> dict[str, Any]:
    """What ``POST /api/definitions`` of the management plugin takes.

    ``passwords`` holds one for each service, by its name. Without them there are no users in it
    and no permissions, which would need them: nothing secret, the same text each time.
    """
    found: dict[str, Any] = {
        "vhosts": [{"name": vhost}],
        "exchanges": [_exchange(name, vhost) for name in EXCHANGES],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": dict(queue.arguments),
            }
            for queue in topology.queues
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in topology.bindings
        ],
    }
    return found if passwords is None else found | _access(passwords, vhost, topology)


def permissions_by_service() -> dict[str, Any]:
    """Each service's permissions, without its password: a part of the checked-in document."""
    return {
        service: {
            "user": user_of(service),
            **asdict(permission(service)),
            "topics": {
                topic.exchange: {"write": topic.write, "read": topic.read}
                for topic in topic_permissions(service)
            },
        }
        for service in PARTICIPANTS
    }


def _exchange(name: str, vhost: str) -> dict[str, Any]:
    return {
        "name": name,
        "vhost": vhost,
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _access(passwords: Mapping[str, str], vhost: str, topology: Topology) -> dict[str, Any]:
    missing = [service for service in PARTICIPANTS if not passwords.get(service)]
    if missing:
        raise ValueError(f"no broker password for {', '.join(missing)}")
    return {
        "users": [_user(service, passwords[service]) for service in PARTICIPANTS],
        "permissions": [
            {"user": user_of(service), "vhost": vhost, **asdict(permission(service, topology))}
            for service in PARTICIPANTS
        ],
        "topic_permissions": [
            {"user": user_of(service), "vhost": vhost, **asdict(topic)}
            for service in PARTICIPANTS
            for topic in topic_permissions(service, topology)
        ],
    }


def _user(service: str, password: str) -> dict[str, Any]:
    """A user with RabbitMQ's salted SHA-256 (its "password hashing" guide)."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": user_of(service),
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
    }
