import json
import subprocess
import sys
from pathlib import Path

import pytest
from ab_local import bootstrap, broker_packages
from ab_local.bootstrap import SetupError, ensure_packages, ensure_uv, locked_state
from ab_local.broker_packages import PACKAGES, BrokerUnavailableError, ensure_broker, find_broker

SOURCES = """\
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main

# a third party
Types: deb
URIs: https://apt.example
Suites: nodistro
Components: main

Types: deb-src
URIs: http://mirror.example/debian
Suites: bookworm
Components: main
"""
ONE_LINERS = """\
# deb http://old.example bookworm main
deb [signed-by=/k] http://mirror.example bookworm main contrib
deb http://mirror.example/security bookworm-security main
deb https://apt.example bookworm stable
deb-src http://mirror.example bookworm main
"""


def unpacked(folder: Path, packages: tuple[str, ...] = PACKAGES) -> Path:
    for file in ("rabbitmq/lib/rabbitmq_server-1/sbin/rabbitmq-server", "erlang/bin/erl"):
        (folder / "usr/lib" / file).parent.mkdir(parents=True)
        (folder / "usr/lib" / file).write_text("#!/bin/sh\n")
    (folder / "packages.json").write_text(json.dumps(dict.fromkeys(packages, "1")))
    return folder


def test_only_debians_own_sources_are_used(tmp_path: Path) -> None:
    (tmp_path / "debian.sources").write_text(SOURCES)
    (tmp_path / "sources.list").write_text(ONE_LINERS)
    modern = list(broker_packages._main_stanzas(tmp_path / "debian.sources", "bookworm"))
    classic = list(broker_packages._main_stanzas(tmp_path / "sources.list", "bookworm"))
    assert [stanza.split()[:4:3] for stanza in modern] == [
        ["Types:", "http://mirror.example/debian"]
    ]
    assert len(classic) == 2
    assert "contrib" in classic[0]
    assert "bookworm-security" in classic[1]


def test_a_complete_broker_is_fetched_no_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    folder = unpacked(tmp_path / "broker")
    assert ensure_broker(folder, pytest.fail) == folder


def test_a_broker_of_other_packages_is_not_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_packages, "SYSTEM_ROOT", tmp_path / "system")
    assert find_broker(unpacked(tmp_path / "broker", PACKAGES[1:])) is None
    installed = unpacked(tmp_path / "system")
    assert find_broker(tmp_path / "absent") == installed


def test_without_apt_the_message_names_the_broker_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_packages, "SYSTEM_ROOT", tmp_path / "system")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BrokerUnavailableError, match=r"rabbitmq-server.*\n.*apt-get install"):
        ensure_broker(tmp_path / "broker", lambda _: None)


def test_erlang_finds_itself_wherever_the_folder_lies(tmp_path: Path) -> None:
    erlang = tmp_path / "a folder" / "erlang"
    for place in ("bin", "erts-1/bin"):
        (erlang / place).mkdir(parents=True)
        (erlang / place / "erl").write_text('  ROOTDIR=/usr/lib/erlang\necho "$ROOTDIR"\n')
    broker_packages._make_relocatable(erlang)
    moved = erlang.rename(tmp_path / "moved")
    for place in ("bin", "erts-1/bin"):
        command = ["sh", str(moved / place / "erl")]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.strip() == str(moved.resolve())


def test_packages_are_synced_again_only_when_the_lock_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.lock").write_text("one")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / "packages.sha256").write_text(locked_state(tmp_path))
    calls: list[Path] = []

    def no_uv(tools: Path) -> Path:
        calls.append(tools)
        raise SetupError("asked for uv")

    monkeypatch.setattr(bootstrap, "ensure_uv", no_uv)
    ensure_packages(tmp_path, tmp_path)
    assert calls == []
    (tmp_path / "uv.lock").write_text("two")
    with pytest.raises(SetupError, match="asked for uv"):
        ensure_packages(tmp_path, tmp_path)


def test_a_missing_pip_is_named_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SetupError, match="apt-get install python3-pip"):
        ensure_uv(tmp_path / "tools")
