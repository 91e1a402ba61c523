"""A private RabbitMQ: its own Erlang port mapper, node, folders and users, all on loopback."""

import json
import os
from collections.abc import Mapping
from typing import Any

import httpx
from ab_shared.messaging.definitions import definitions

from ab_local.broker_packages import BRING_IT, broker_home, find_broker
from ab_local.child import ChildSpec
from ab_local.layout import BROKER, write_private
from ab_local.parts.part import PartFailedError
from ab_local.stack import LOOPBACK, RABBITMQ_ADMIN, VHOST, Stack

HTTP_SECONDS = 10.0
BOOT_SECONDS = 120.0
# One machine's cores are shared with everything else: no busy waiting of idle schedulers.
EMULATOR = (
    "-noinput -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
    " +sbwt none +sbwtdcpu none +sbwtdio none"
)


def broker_definitions(passwords: Mapping[str, str], admin_password: str) -> dict[str, Any]:
    """Return everything that stands on the broker: the catalogue's topology and rights, an admin.

    Args:
        passwords: of the services' users and the operator's, by name.
        admin_password: of the one user who may do everything.
    """
    found = definitions(passwords, VHOST)
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    admin = {"name": RABBITMQ_ADMIN, "password": admin_password, "tags": ["administrator"]}
    found["users"].append(admin)
    found["permissions"].append({"user": RABBITMQ_ADMIN, "vhost": VHOST, **everything})
    return found


class RabbitMQ:
    """The broker and the port mapper it needs."""

    name = "rabbitmq"

    def __init__(self, stack: Stack, services: tuple[str, ...]) -> None:
        self._stack = stack
        self._services = services
        self._data = stack.layout.data("rabbitmq")
        root = find_broker(BROKER)
        home = broker_home(root) if root else None
        if root is None or home is None:
            raise PartFailedError(f"RabbitMQ isn't there. `make setup` brings it, or: {BRING_IT}")
        self._home = home
        self._erlang = root / "usr/lib/erlang"
        self._management = httpx.AsyncClient(
            base_url=f"http://{LOOPBACK}:{self._port('rabbitmq.management')}",
            auth=(RABBITMQ_ADMIN, stack.credentials.password(RABBITMQ_ADMIN)),
            timeout=HTTP_SECONDS,
            trust_env=False,
        )

    def prepare(self) -> None:
        """Write the configuration files."""
        self._data.mkdir(mode=0o700, exist_ok=True)
        ports = self._stack.ports
        settings = {
            "listeners.tcp.local": f"127.0.0.1:{ports['rabbitmq']}",
            "management.tcp.ip": "127.0.0.1",
            "management.tcp.port": ports["rabbitmq.management"],
            "prometheus.tcp.ip": "127.0.0.1",
            "prometheus.tcp.port": ports["rabbitmq.prometheus"],
            # Read before the listeners open: nobody meets a broker without queues and users.
            "load_definitions": self._data / "definitions.json",
            "vm_memory_high_watermark.absolute": "1GB",
            "disk_free_limit.absolute": "200MB",
            "log.console": "true",
            "log.console.level": "warning",
            "log.file": "false",
        }
        text = "".join(f"{name} = {value}\n" for name, value in settings.items())
        write_private(self._data / "rabbitmq.conf", text)
        plugins = "[rabbitmq_management,rabbitmq_prometheus].\n"
        write_private(self._data / "enabled_plugins", plugins)
        password = self._stack.credentials.password
        users = {service: password(f"ab-{service}") for service in self._services}
        found = broker_definitions(users, password(RABBITMQ_ADMIN))
        write_private(self._data / "definitions.json", json.dumps(found, indent=1))
        write_private(self._data / "env.conf", "")

    def children(self) -> list[ChildSpec]:
        """Return the port mapper and the node."""
        epmd = next(self._erlang.glob("erts-*/bin/epmd"))
        log = self._stack.layout.log
        return [
            ChildSpec(
                name="epmd",
                command=(str(epmd), "-address", "127.0.0.1", "-port", self._port("epmd")),
                environment=self._stack.base_environment(),
                log=log("epmd"),
                ready=self._mapper_is_ready,
            ),
            ChildSpec(
                name=self.name,
                command=(str(self._home / "sbin/rabbitmq-server"),),
                environment=self._environment(),
                log=log(self.name),
                ready=self._is_ready,
                stop_seconds=20.0,
                start_seconds=BOOT_SECONDS,
            ),
        ]

    async def provision(self) -> None:
        """Nothing: the broker has read its definitions while it booted."""

    def tidy(self) -> None:
        """Nothing: it writes into its own folder only."""

    def _environment(self) -> dict[str, str]:
        data = self._data
        base = self._stack.base_environment()
        return {
            **base,
            "HOME": str(data),
            "PATH": f"{self._erlang / 'bin'}{os.pathsep}{base['PATH']}",
            "RABBITMQ_NODENAME": "ab@localhost",
            "RABBITMQ_BASE": str(data),
            "RABBITMQ_MNESIA_BASE": str(data / "mnesia"),
            "RABBITMQ_LOG_BASE": str(data / "log"),
            "RABBITMQ_PID_FILE": str(data / "pid"),
            "RABBITMQ_CONFIG_FILE": str(data / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(data / "env.conf"),
            "RABBITMQ_DIST_PORT": self._port("rabbitmq.dist"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": EMULATOR,
            # The start script then becomes the node instead of staying as its parent.
            "RABBITMQ_ALLOW_INPUT": "1",
            "ERL_EPMD_PORT": self._port("epmd"),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _port(self, name: str) -> str:
        return str(self._stack.ports[name])

    async def _is_ready(self) -> bool:
        listening = f"/api/health/checks/port-listener/{self._port('rabbitmq')}"
        try:
            return (await self._management.get(listening)).is_success
        except httpx.HTTPError:
            return False

    async def _mapper_is_ready(self) -> bool:
        return await self._stack.accepts("epmd")
