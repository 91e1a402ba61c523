"""The command hands over to the drills where there are any."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from ab_operator.commands import drill
from ab_operator.main import app
from typer.testing import CliRunner


class Handed(Exception):
    """What the process was to become."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        super().__init__()
        self.command = command
        self.environment = environment


def hand_over(_program: str, command: list[str], environment: dict[str, str]) -> NoReturn:
    raise Handed(command, environment)


def handed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Handed:
    monkeypatch.setattr(os, "execve", hand_over)
    found = CliRunner().invoke(app, arguments).exception
    assert isinstance(found, Handed)
    return found


def test_the_drills_of_this_project_take_over(monkeypatch: pytest.MonkeyPatch) -> None:
    found = handed(monkeypatch, "drill", "vendor-429", "broker-down", "--hurry", "20")
    told = ["drills", "vendor-429", "broker-down", "--hurry", "20"]
    assert found.command == [sys.executable, "-m", *told]
    assert (Path(found.environment["PYTHONPATH"]) / "drills/__main__.py").exists()


def test_a_named_stack_is_told_by_its_whole_path(monkeypatch: pytest.MonkeyPatch) -> None:
    found = handed(monkeypatch, "--stack", "here.json", "drill", "all")
    assert found.command[-2:] == ["--stack", str(Path("here.json").resolve())]


def test_where_there_are_no_drills_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(drill, "PLACE", tmp_path)
    done = CliRunner().invoke(app, ["drill", "all"])
    assert (done.exit_code, "project's own folder" in done.output) == (78, True)


@pytest.mark.parametrize("arguments", [("drill",), ("drill", "all", "--hurry", "0.5")])
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2
