"""Where the real servers for tests are: a running stack, given addresses, or containers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import pytest
from pydantic import SecretStr

STACK = "AB_TEST_STACK"
INFRA = "AB_TEST_INFRA"
REASON = "needs real servers: run through 'make test'"


@dataclass(frozen=True, slots=True)
class S3Server:
    """An S3-speaking store and a key that may make buckets; implements ``storage.ports.Access``."""

    aws_endpoint_url_s3: str
    aws_access_key_id: SecretStr
    aws_secret_access_key: SecretStr
    aws_region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses with the rights of an administrator; None where nobody named one.

    ``rabbitmq_management_url`` allows a virtual host for each test.
    """

    rabbitmq_url: str | None = None
    rabbitmq_management_url: str | None = None
    postgres_url: str | None = None
    valkey_url: str | None = None
    s3: S3Server | None = None


def missing(part: str) -> NoReturn:
    """Skips the test, saying what it would have needed."""
    pytest.skip(f"{part}: {REASON}")


def from_stack(path: Path) -> Servers:
    """The servers of a stack file, as the local stack writes it."""
    parts: dict[str, Any] = json.loads(path.read_text())["infrastructure"]
    s3 = parts["s3"]
    return Servers(
        rabbitmq_url=parts["rabbitmq"]["amqp_url"],
        rabbitmq_management_url=parts["rabbitmq"]["management_url"],
        postgres_url=parts["postgres"]["admin_url"],
        valkey_url=parts["valkey"]["url"],
        s3=S3Server(
            s3["endpoint_url"],
            SecretStr(s3["access_key_id"]),
            SecretStr(s3["secret_access_key"]),
            s3["region"],
        ),
    )


def from_addresses(environment: Mapping[str, str]) -> Servers:
    """The servers named by ``AB_TEST_<PART>_URL``; S3 as ``http://key:secret@host:port``."""
    s3 = environment.get("AB_TEST_S3_URL")
    return Servers(
        rabbitmq_url=environment.get("AB_TEST_RABBITMQ_URL"),
        rabbitmq_management_url=environment.get("AB_TEST_RABBITMQ_MANAGEMENT_URL"),
        postgres_url=environment.get("AB_TEST_POSTGRES_URL"),
        valkey_url=environment.get("AB_TEST_VALKEY_URL"),
        s3=_s3_server(s3) if s3 else None,
    )


def _s3_server(url: str) -> S3Server:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    key, secret = unquote(parts.username or ""), unquote(parts.password or "")
    return S3Server(f"{parts.scheme}://{host}", SecretStr(key), SecretStr(secret))


def found(environment: Mapping[str, str] = os.environ) -> Servers:
    """What this test run may use; skips when it was given nothing."""
    if stack := environment.get(STACK):
        return from_stack(Path(stack))
    servers = from_addresses(environment)
    if servers == Servers():
        missing("No servers are known")
    return servers
