"""Addresses and credentials of one instance: what everything else is derived from."""

import asyncio
import contextlib
import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from ab_local.credentials import Credentials
from ab_local.layout import Layout
from ab_local.processes import MARK

LOOPBACK = "127.0.0.1"
EVERYWHERE = str(ipaddress.IPv4Address(0))
VHOST = "ab"
RABBITMQ_ADMIN = "admin"
S3_REGION = "us-east-1"
GATEWAY_PORT = 8787
SERVICE_PORTS = "AB_SERVICE_PORTS"
INFRASTRUCTURE_PORTS = (
    "postgres",
    "valkey",
    "epmd",
    "rabbitmq",
    "rabbitmq.management",
    "rabbitmq.prometheus",
    "rabbitmq.dist",
    *(f"{part}{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")),
)
# What a process needs to find programs, certificates and proxies on this machine.
INHERITED = (
    *("PATH", "LANG", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "NO_PROXY"),
)


@dataclass(frozen=True)
class Stack:
    """One instance: its files, ports, secrets and the address it shows to the outside."""

    layout: Layout
    ports: Mapping[str, int]
    credentials: Credentials
    bind_address: str = LOOPBACK

    def behind_proxies(self) -> Self:
        """Return the stack as its services see it: failure tests put proxies before the servers.

        AB_SERVICE_PORTS names their ports ("postgres=4001,s3=4002"); whoever is no service, such
        as the supervisor's own probes, goes on reaching the servers themselves.
        """
        given = os.environ.get(SERVICE_PORTS, "")
        pairs = (item.split("=") for item in given.split(",") if item)
        return replace(self, ports={**self.ports, **{name: int(port) for name, port in pairs}})

    @property
    def public_host(self) -> str:
        """The host that a phone or an emulator reaches this machine by."""
        if self.bind_address in {LOOPBACK, "localhost"}:
            return LOOPBACK
        return self.bind_address if self.bind_address != EVERYWHERE else outward_address()

    @property
    def gateway_url(self) -> str:
        """Where the public API answers."""
        return f"http://{self.public_host}:{self.ports['gateway']}"

    @property
    def s3_endpoint(self) -> str:
        """Where the object store answers to processes on this machine."""
        host = LOOPBACK if self.bind_address == EVERYWHERE else self.bind_address
        return f"http://{host}:{self.ports['s3']}"

    @property
    def media_url(self) -> str:
        """The host that signed media URLs point at."""
        given = os.environ.get("MEDIA_PUBLIC_BASE_URL")
        return given or f"http://{self.public_host}:{self.ports['s3']}"

    @property
    def valkey_url(self) -> str:
        """The cache, password included."""
        return f"redis://:{self.credentials.password('valkey')}@{LOOPBACK}:{self.ports['valkey']}/0"

    def rabbitmq_url(self, user: str) -> str:
        """Return the broker's address for one user, password included."""
        return f"amqp://{user}:{self.credentials.password(user)}@{LOOPBACK}:{self.ports['rabbitmq']}/{VHOST}"

    def database_url(self, role: str, database: str) -> str:
        """Return a database's address for one role, password included."""
        password = self.credentials.password(role)
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.ports['postgres']}/{database}"

    def s3_access_key(self, identity: str) -> str:
        """Return the access key of an identity; it is a name, not a secret."""
        return f"ab-{identity}"

    def s3_secret(self, identity: str) -> str:
        """Return the secret key of an identity."""
        return self.credentials.password(f"s3-{identity}")

    def base_environment(self) -> dict[str, str]:
        """Return what every child gets: the machine's ways, and this instance's mark."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        home = str(self.layout.state / "home")
        return {"LANG": "C.UTF-8", **inherited, "HOME": home, MARK: str(self.layout.state)}

    async def accepts(self, port: str) -> bool:
        """Tell whether something accepts connections at a port of this instance."""
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.ports[port])
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True


def outward_address() -> str:
    """Return this machine's address on the network that its default route leads to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only chooses the route.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
