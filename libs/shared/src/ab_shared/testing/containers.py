"""The servers for tests in containers, where a Docker engine answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pydantic import SecretStr
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy, LogMessageWaitStrategy

from ab_shared.testing.servers import S3Server, Servers

# The same ones as in docker-compose.yml; a test compares them.
RABBITMQ = "rabbitmq:4.2.5-management-alpine"
POSTGRES = "postgres:18.6-alpine"
VALKEY = "valkey/valkey:9.1.2-alpine"
SEAWEEDFS = "chrislusf/seaweedfs:4.48"
START_SECONDS = 120
SERVER_ERROR = 500


def _address(container: DockerContainer, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


@contextmanager
def started() -> Iterator[Servers]:
    """All four servers with generated passwords; removed at the end."""
    password = secrets.token_hex(12)
    with ExitStack() as stack:
        rabbitmq = stack.enter_context(_rabbitmq(password))
        postgres = stack.enter_context(_postgres(password))
        valkey = stack.enter_context(_valkey(password))
        s3 = stack.enter_context(_s3(password))
        yield Servers(
            rabbitmq_url=f"amqp://admin:{password}@{_address(rabbitmq, 5672)}/%2F",
            rabbitmq_management_url=f"http://{_address(rabbitmq, 15672)}",
            postgres_url=f"postgresql://postgres:{password}@{_address(postgres, 5432)}/postgres",
            valkey_url=f"redis://:{password}@{_address(valkey, 6379)}/0",
            s3=S3Server(f"http://{_address(s3, 8333)}", SecretStr("admin"), SecretStr(password)),
        )


def _rabbitmq(password: str) -> DockerContainer:
    login = {"RABBITMQ_DEFAULT_USER": "admin", "RABBITMQ_DEFAULT_PASS": password}
    return (
        DockerContainer(RABBITMQ)
        .with_envs(**login)
        .with_exposed_ports(5672, 15672)
        .waiting_for(
            LogMessageWaitStrategy("Server startup complete").with_startup_timeout(START_SECONDS)
        )
    )


def _postgres(password: str) -> DockerContainer:
    # The first start ends after initdb; the second is the one that stays.
    ready = LogMessageWaitStrategy("database system is ready to accept connections", times=2)
    return (
        DockerContainer(POSTGRES)
        .with_env("POSTGRES_PASSWORD", password)
        .with_exposed_ports(5432)
        .waiting_for(ready.with_startup_timeout(START_SECONDS))
    )


def _valkey(password: str) -> DockerContainer:
    return (
        DockerContainer(VALKEY)
        .with_command(f"valkey-server --requirepass {password}")
        .with_exposed_ports(6379)
        .waiting_for(
            LogMessageWaitStrategy("Ready to accept connections").with_startup_timeout(
                START_SECONDS
            )
        )
    )


def _s3(password: str) -> DockerContainer:
    login = {"AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": password}
    return (
        DockerContainer(SEAWEEDFS)
        .with_envs(**login)
        .with_command("server -s3 -dir=/data -volume.max=20")
        .with_exposed_ports(8333)
        .waiting_for(
            HttpWaitStrategy(8333, "/")
            .for_status_code_matching(lambda status: status < SERVER_ERROR)
            .with_startup_timeout(START_SECONDS)
        )
    )
