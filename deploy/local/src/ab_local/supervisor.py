"""The process that keeps the whole stack: start in order, watch, restart, stop in order."""

import asyncio
import json
import os
import signal
import time
import traceback
from collections.abc import Iterable

from ab_shared.contracts.catalogue import PARTICIPANTS

from ab_local.child import Child, ChildFailedError, ChildSpec
from ab_local.layout import write_private
from ab_local.lifecycle import PATIENCE_SECONDS, Phase
from ab_local.migrations import Migrator
from ab_local.parts.observers import Observers
from ab_local.parts.part import Part, PartFailedError
from ab_local.parts.postgres import Postgres
from ab_local.parts.rabbitmq import RabbitMQ
from ab_local.parts.seaweedfs import SeaweedFS
from ab_local.parts.valkey import Valkey
from ab_local.processes import ProcessRecord, end_leftovers
from ab_local.service_processes import service_children
from ab_local.services import DATABASES, S3_RIGHTS, SERVICES
from ab_local.simulators import simulator_children
from ab_local.stack import Stack
from ab_local.stack_file import describe


def infrastructure(stack: Stack) -> list[Part]:
    """Return the parts that the services stand on."""
    return [
        RabbitMQ(stack, PARTICIPANTS),
        Postgres(stack, DATABASES),
        Valkey(stack),
        SeaweedFS(stack, S3_RIGHTS),
    ]


class Supervisor:
    """Runs one instance from start to stop."""

    def __init__(
        self, stack: Stack, *, infra_only: bool, began: float, hurry: float | None = None
    ) -> None:
        self._stack = stack
        self._hurry = hurry
        self._infra_only = infra_only
        self._began = began
        self._parts: list[Part] = []
        self._infrastructure: list[Child] = []
        self._services: list[Child] = []
        self._simulators: list[Child] = []
        self._phase = Phase.STARTING
        self._failure: dict[str, str] = {}
        self._stop = asyncio.Event()

    async def run(self) -> int:
        """Start everything, wait for TERM, stop everything; 1 when the start failed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._stop.set)
        self._tell()
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and self._started(starting):
            self._become(Phase.UP)
            await stopping
        starting.cancel()
        await asyncio.wait({starting})
        await self._end()
        return 1 if self._failure else 0

    def _started(self, starting: asyncio.Task[None]) -> bool:
        failure = starting.exception()
        if failure is None:
            return True
        first = next(iter(_leaves(failure)))
        child = first.child if isinstance(first, ChildFailedError) else ""
        log = str(first.log) if isinstance(first, ChildFailedError) else ""
        if not isinstance(first, ChildFailedError | PartFailedError):
            traceback.print_exception(failure)
        self._failure = {"child": child, "reason": str(first) or repr(first), "log": log}
        self._become(Phase.FAILED)
        return False

    async def _start(self) -> None:
        stack = self._stack
        self._parts = infrastructure(stack)
        async with asyncio.TaskGroup() as everything:
            async with asyncio.TaskGroup() as needed:
                for part in self._parts:
                    group = everything if isinstance(part, RabbitMQ) else needed
                    group.create_task(self._start_part(part))
            # The broker takes longest; the services load meanwhile and wait for it themselves.
            if not self._infra_only:
                self._services = self._adopt(service_children(stack))
                self._simulators = self._adopt(simulator_children(stack))
                for child in (*self._services, *self._simulators):
                    everything.create_task(child.start())
            if self._hurry is not None:
                observers = Observers(stack, self._hurry)
                self._parts.append(observers)
                everything.create_task(self._start_part(observers))
        children = {child.spec.name: child for child in self._services}
        took = time.time() - self._began
        description = describe(stack, children) | {"start_seconds": took, "hurry": self._hurry}
        write_private(stack.layout.stack, json.dumps(description, indent=2))

    async def _start_part(self, part: Part) -> None:
        await asyncio.to_thread(part.prepare)
        children = self._adopt(part.children())
        self._infrastructure += children
        for child in children:
            await child.start()
        await part.provision()
        if isinstance(part, Postgres) and not self._infra_only:
            migrator = Migrator(self._stack, part)
            async with asyncio.TaskGroup() as group:
                for service in SERVICES:
                    if service.database:
                        group.create_task(migrator.run(service))

    async def _end(self) -> None:
        if self._phase is not Phase.FAILED:
            self._become(Phase.STOPPING)
        self._stack.layout.stack.unlink(missing_ok=True)
        mappers = [child for child in self._infrastructure if child.spec.name == "epmd"]
        others = [child for child in self._infrastructure if child not in mappers]
        for group in (self._services, [*others, *self._simulators], mappers):
            await asyncio.gather(*(child.stop() for child in group))
        await asyncio.to_thread(end_leftovers, [], str(self._stack.layout.state), PATIENCE_SECONDS)
        for part in self._parts:
            part.tidy()
        if self._phase is not Phase.FAILED:
            self._become(Phase.DOWN)

    def _adopt(self, specs: Iterable[ChildSpec]) -> list[Child]:
        return [Child(spec, self._tell) for spec in specs]

    def _become(self, phase: Phase) -> None:
        self._phase = phase
        self._tell()

    def _tell(self) -> None:
        status = {
            "phase": self._phase,
            "supervisor": _entry(ProcessRecord.of(os.getpid())),
            "infra_only": self._infra_only,
            "failure": self._failure,
            "children": {
                child.spec.name: {
                    "state": child.state,
                    "restarts": child.restarts,
                    **_entry(child.record),
                }
                for child in (*self._infrastructure, *self._services, *self._simulators)
            },
        }
        write_private(self._stack.layout.status, json.dumps(status, indent=1))


def _entry(record: ProcessRecord | None) -> dict[str, float]:
    return {"pid": record.pid, "started": record.started} if record else {}


def _leaves(failure: BaseException) -> Iterable[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure
