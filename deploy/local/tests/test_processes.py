import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest
from ab_local.processes import MARK, ProcessRecord, end_leftovers, marked

PATIENCE = 0.3
DEAF = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('deaf', flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_recorded_process_is_found_again(sleeper: "subprocess.Popen[bytes]") -> None:
    found = ProcessRecord.of(sleeper.pid).find()
    assert found is not None
    assert found.pid == sleeper.pid


def test_a_reused_id_is_not_mistaken_for_the_old_process(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    record = ProcessRecord.of(sleeper.pid)
    stale = replace(record, started=record.started - 60)
    assert stale.find() is None
    assert end_leftovers([stale], "/nowhere", PATIENCE) == 0
    assert sleeper.poll() is None


def test_a_dead_process_is_not_found(sleeper: "subprocess.Popen[bytes]") -> None:
    record = ProcessRecord.of(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert record.find() is None


def test_an_orphan_is_ended_by_its_record(sleeper: "subprocess.Popen[bytes]") -> None:
    assert end_leftovers([ProcessRecord.of(sleeper.pid)], "/nowhere", PATIENCE) == 1
    assert not psutil.pid_exists(sleeper.pid)


def test_an_unrecorded_orphan_is_found_by_its_mark_and_killed_when_deaf() -> None:
    instance = f"/instance/of/{os.getpid()}"
    environment = {**os.environ, MARK: instance}
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as orphan:
        assert orphan.stdout is not None
        assert orphan.stdout.readline() == b"deaf\n"
        assert [process.pid for process in marked(instance)] == [orphan.pid]
        assert end_leftovers([], instance, PATIENCE) == 1
    assert not psutil.pid_exists(orphan.pid)


@pytest.mark.parametrize("entry", [None, {}, {"pid": 0}, {"pid": 12}, "text"])
def test_an_entry_without_a_process_is_no_record(entry: object) -> None:
    assert ProcessRecord.read(entry) is None
