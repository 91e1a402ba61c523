"""What each reader of the compose stack is told, and nobody else: file names and contents."""

from __future__ import annotations

import json
from pathlib import Path

from ab_local.credentials import Credentials
from ab_local.layout import Layout
from ab_local.parts.postgres import ADMIN as POSTGRES_ADMIN
from ab_local.parts.postgres import CREATION, privileges, roles
from ab_local.parts.rabbitmq import broker_definitions
from ab_local.parts.seaweedfs import ADMIN as S3_ADMIN
from ab_local.parts.seaweedfs import identities
from ab_local.services import DATABASES, S3_RIGHTS, SERVICES, Service
from ab_local.stack import RABBITMQ_ADMIN, VHOST, Stack
from ab_shared.contracts.catalogue import OPERATOR, PARTICIPANTS
from ab_shared.messaging.permissions import user_of

Files = dict[str, str]
SEALING, ERASURE, CONTENT = "signing-key-encryption", "erasure-proof", "content-address"
OPERATOR_USER = user_of(OPERATOR)


class Readers:
    """Every secret of one stack, by who may read it. Hosts are the names of compose services."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._stack = Stack(Layout(Path(), "compose"), {}, credentials)

    def files(self) -> dict[str, Files]:
        """File contents by reader and file name; the same ones at every call."""
        own = {service.name: self._service(service) for service in SERVICES}
        owners = {f"migrate-{name}": self._owner(name) for name in DATABASES}
        return own | owners | self._servers() | self._people()

    def broker_url(self, user: str) -> str:
        """The broker's address for one user."""
        return f"amqp://{user}:{self._password(user)}@rabbitmq:5672/{VHOST}"

    def database_url(self, role: str, database: str) -> str:
        """A database's address for one role."""
        return f"postgresql://{role}:{self._password(role)}@postgres:5432/{database}"

    def _password(self, name: str) -> str:
        return self._credentials.password(name)

    def _service(self, service: Service) -> Files:
        found = {"rabbitmq_url": self.broker_url(user_of(service.name)), **self._keys(service.name)}
        if service.database:
            found["database_url"] = self.database_url(service.role, service.name)
        if service.buckets:
            found |= self._s3_key(service.name)
        return found

    def _keys(self, service: str) -> Files:
        keys = {
            "gateway": lambda: {"valkey_url": f"redis://:{self._password('valkey')}@valkey:6379/0"},
            "auth": lambda: {
                "signing_key_encryption_key": self._credentials.base64_key(SEALING),
                "erasure_proof_key": self._credentials.hex_key(ERASURE),
            },
            "session": self._content_address,
            "tts": self._content_address,
        }
        return keys[service]() if service in keys else {}

    def _content_address(self) -> Files:
        return {"content_address_key": self._credentials.hex_key(CONTENT)}

    def _s3_key(self, identity: str) -> Files:
        return {
            "aws_access_key_id": self._stack.s3_access_key(identity),
            "aws_secret_access_key": self._stack.s3_secret(identity),
        }

    def _owner(self, database: str) -> Files:
        return {"database_owner_url": self.database_url(roles(database)[1], database)}

    def _servers(self) -> dict[str, Files]:
        users = {name: self._password(user_of(name)) for name in PARTICIPANTS}
        broker = broker_definitions(users, self._password(RABBITMQ_ADMIN))
        return {
            "rabbitmq": {"definitions.json": json.dumps(broker)},
            "postgres": {"password": self._password(POSTGRES_ADMIN)},
            "valkey": {"valkey.conf": f"requirepass {self._password('valkey')}\n"},
            "s3": {"s3.json": json.dumps(identities(self._stack, S3_RIGHTS))},
            "grafana": {"admin_password": self._password("grafana")},
            "provision-databases": {
                "password": self._password(POSTGRES_ADMIN),
                "databases.sql": self._sql(),
            },
            "provision-buckets": self._s3_key(S3_ADMIN),
        }

    def _people(self) -> dict[str, Files]:
        described = {
            "gateway_url": "http://edge:8787",
            # Where there are any: of the profile observability.
            "prometheus_url": "http://prometheus:9090",
            "alertmanager_url": "http://alertmanager:9093",
            "infrastructure": {
                "rabbitmq": {"urls": {OPERATOR_USER: self.broker_url(OPERATOR_USER)}}
            },
        }
        return {"operator": {"stack.json": json.dumps(described)}}

    def _sql(self) -> str:
        created = [self._creation(database) for database in DATABASES]
        granted = [f"\\connect {database}\n{privileges(database)}" for database in DATABASES]
        return "".join([*created, *granted])

    def _creation(self, database: str) -> str:
        service, owner = roles(database)
        return CREATION.format(
            database=database,
            service=service,
            owner=owner,
            service_password=self._password(service),
            owner_password=self._password(owner),
        )
