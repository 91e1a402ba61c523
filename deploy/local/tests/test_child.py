import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from ab_local import child as child_module
from ab_local.child import Child, ChildFailedError, ChildSpec, ChildState

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
SECONDS = 10.0


async def at_once() -> bool:
    return True


async def never() -> bool:
    return False


def spec(tmp_path: Path, code: str, **more: object) -> ChildSpec:
    settings = {"ready": at_once, "environment": dict(os.environ), "log": tmp_path / "log", **more}
    return ChildSpec(name="child", command=(sys.executable, "-c", code), **settings)


class Watched:
    """A child and an event for each change of its state."""

    def __init__(self, spec: ChildSpec) -> None:
        self.changed = asyncio.Condition()
        self.child = Child(spec, self._tell)
        self.states: list[ChildState] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def _tell(self) -> None:
        self.states.append(self.child.state)
        task = asyncio.create_task(self._notify())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until_restarted(self, times: int) -> None:
        async with asyncio.timeout(SECONDS), self.changed:
            await self.changed.wait_for(
                lambda: self.child.restarts >= times and self.child.state is ChildState.READY
            )


async def test_a_child_that_dies_is_restarted_and_counted(tmp_path: Path) -> None:
    watched = Watched(spec(tmp_path, "import time; time.sleep(60)"))
    await watched.child.start()
    first = watched.child.record
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    await watched.until_restarted(1)
    assert watched.child.record is not None
    assert watched.child.record.pid != first.pid
    await watched.child.stop()
    assert watched.child.state is ChildState.STOPPED
    assert watched.child.restarts == 1


async def test_a_child_that_cannot_start_fails_after_three_attempts(tmp_path: Path) -> None:
    watched = Watched(spec(tmp_path, "import sys; sys.exit('no such luck')", ready=never))
    with pytest.raises(ChildFailedError, match="exit code 1") as failure:
        await watched.child.start()
    assert (tmp_path / "log").read_text().count("no such luck") == 3
    assert failure.value.log == tmp_path / "log"
    await watched.child.stop()
    assert watched.child.state is ChildState.FAILED


async def test_a_child_that_never_gets_ready_fails_in_time(tmp_path: Path) -> None:
    watched = Watched(spec(tmp_path, DEAF, ready=never, start_seconds=0.3, stop_seconds=0.1))
    with pytest.raises(ChildFailedError, match="wasn't ready"):
        await watched.child.start()
    record = watched.child.record
    assert record is not None
    await watched.child.stop()
    assert not psutil.pid_exists(record.pid)


async def test_stopping_ends_grandchildren_of_a_deaf_child_too(tmp_path: Path) -> None:
    code = f"import subprocess; print(subprocess.Popen(['sleep', '60']).pid, flush=True); {DEAF}"

    async def has_a_child() -> bool:
        return (tmp_path / "log").read_text().splitlines()[-1].isdigit()

    watched = Watched(spec(tmp_path, code, ready=has_a_child, stop_seconds=0.1))
    await watched.child.start()
    grandchild = psutil.Process(int((tmp_path / "log").read_text().splitlines()[-1]))
    await watched.child.stop()
    assert psutil.wait_procs([grandchild], timeout=SECONDS)[1] == []


async def test_the_delay_between_restarts_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_module, "FIRST_DELAY", 0.01)
    monkeypatch.setattr(child_module, "LONGEST_DELAY", 0.04)
    watched = Watched(spec(tmp_path, "import time; time.sleep(60)"))
    await watched.child.start()
    for times in range(1, 4):
        assert watched.child.record is not None
        os.kill(watched.child.record.pid, signal.SIGKILL)
        await watched.until_restarted(times)
    await watched.child.stop()
    assert watched.states.count(ChildState.RESTARTING) == 3
