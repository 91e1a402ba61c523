import asyncio
import json
import os
import signal
import subprocess
import sys
import time

import pytest
from ab_local import supervisor as supervisor_module
from ab_local.child import ChildSpec
from ab_local.instance import Instance
from ab_local.layout import Layout, read_json, write_private
from ab_local.lifecycle import Phase, clean_up, hold_lock
from ab_local.processes import ProcessRecord, marked
from ab_local.stack import Stack
from ab_local.supervisor import Supervisor

SECONDS = 10.0


class Sleeper:
    """A part of one process that does nothing, or ends at once."""

    def __init__(self, stack: Stack, name: str, code: str) -> None:
        self.name = name
        self._stack = stack
        self._code = code
        self.provisioned = False

    def prepare(self) -> None:
        self._stack.layout.data(self.name).mkdir(exist_ok=True)

    def children(self) -> list[ChildSpec]:
        async def ready() -> bool:
            return "sleep" in self._code

        return [
            ChildSpec(
                name=self.name,
                command=(sys.executable, "-c", self._code),
                environment=self._stack.base_environment(),
                log=self._stack.layout.log(self.name),
                ready=ready,
            )
        ]

    async def provision(self) -> None:
        self.provisioned = True

    def tidy(self) -> None:
        pass


def supervise(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, *codes: str
) -> tuple[Supervisor, list[Sleeper]]:
    parts = [Sleeper(stack, f"part-{number}", code) for number, code in enumerate(codes)]
    monkeypatch.setattr(supervisor_module, "infrastructure", lambda _: parts)
    return Supervisor(stack, infra_only=True, began=time.time()), parts


async def test_it_comes_up_writes_the_stack_file_and_leaves_nothing(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeping = "import time; time.sleep(60)"
    supervisor, parts = supervise(stack, monkeypatch, sleeping, sleeping)
    up = asyncio.Event()
    become = supervisor._become
    monkeypatch.setattr(
        supervisor, "_become", lambda phase: (become(phase), phase is Phase.UP and up.set())
    )
    running = asyncio.create_task(supervisor.run())
    async with asyncio.timeout(SECONDS):
        await up.wait()
    described = read_json(stack.layout.stack)
    assert {"gateway_url", "services", "infrastructure", "start_seconds"} <= described.keys()
    assert all(part.provisioned for part in parts)
    assert len(marked(str(stack.layout.state))) == 2
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert marked(str(stack.layout.state)) == []
    assert not stack.layout.stack.exists()
    assert read_json(stack.layout.status)["phase"] == "down"


async def test_a_child_that_fails_is_named_and_takes_the_rest_down(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor, _ = supervise(
        stack, monkeypatch, "import time; time.sleep(60)", "raise SystemExit(7)"
    )
    assert await supervisor.run() == 1
    status = read_json(stack.layout.status)
    assert status["phase"] == "failed"
    assert status["failure"]["child"] == "part-1"
    assert "exit code 7" in status["failure"]["reason"]
    assert marked(str(stack.layout.state)) == []


def test_one_instance_has_one_supervisor(layout: Layout) -> None:
    instance = Instance(layout)
    assert not instance.is_supervised()
    lock = hold_lock(layout)
    assert lock is not None
    with lock:
        assert instance.is_supervised()
        assert hold_lock(layout) is None
    assert not instance.is_supervised()


def test_what_a_killed_supervisor_left_is_ended(layout: Layout) -> None:
    with subprocess.Popen(["sleep", "60"]) as orphan:
        record = ProcessRecord.of(orphan.pid)
        children = {"part": {"pid": record.pid, "started": record.started}, "dead": {}}
        write_private(layout.status, json.dumps({"phase": "up", "children": children}))
        assert clean_up(layout) == 1
        assert record.find() is None


def test_stopping_what_does_not_run_is_no_error(layout: Layout) -> None:
    assert Instance(layout).stop() is False
