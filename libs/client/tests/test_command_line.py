from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from ab_client.lines import BUILT_IN
from ab_client.main import _lines, app
from ab_client.places import gateway_url
from typer.testing import CliRunner, Result

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a stack."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AB_URL", raising=False)
    return tmp_path


def ab(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["demo", *arguments])


def said(result: Result) -> str:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return " ".join(result.output.split())


def test_without_a_gateway_there_is_a_hint() -> None:
    result = ab()
    assert result.exit_code == 2
    assert "make up" in said(result)
    assert "--url" in said(result)


def test_the_nearest_word_names_the_gateway(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = elsewhere / ".local/dev/stack.json"
    stack.parent.mkdir(parents=True)
    stack.write_text(json.dumps({"gateway_url": "http://stack"}))
    assert gateway_url(None) == "http://stack"
    monkeypatch.setenv("AB_URL", "http://environment")
    assert gateway_url(None) == "http://environment"
    assert gateway_url("http://given") == "http://given"


@pytest.mark.parametrize("line", ["...", "Я отдыхаю", "a" * 501, "one\ttwo"])
def test_lines_nobody_can_speak_are_refused_before_anything_is_sent(line: str) -> None:
    result = ab("--url", NOWHERE, "--line", "I rest.", "--line", line)
    assert result.exit_code == 2
    assert "These lines cannot be used: affirmations.1" in said(result)


def test_a_gateway_that_is_away_is_said() -> None:
    result = ab("--url", NOWHERE)
    assert result.exit_code == 1
    assert f"The demo stopped: {NOWHERE} does not answer (ConnectError)" in said(result)


@pytest.mark.parametrize("url", ["localhost:8787", "http://localhost:port", "ftp://x", "http://["])
def test_an_address_that_is_none_is_said(url: str) -> None:
    result = ab("--url", url)
    assert result.exit_code == 1
    assert "The demo stopped:" in said(result)


def test_lines_come_from_a_file_and_from_the_command(elsewhere: Path) -> None:
    file = elsewhere / "lines.txt"
    file.write_text("  I rest. \n\n I breathe.\n", encoding="utf-8")
    assert _lines(["I walk."], file) == ["I walk.", "I rest.", "I breathe."]
    assert _lines([], None) == list(BUILT_IN)
    with pytest.raises(typer.Exit):
        _lines([" "], None)


def test_a_file_that_cannot_be_read_is_said(elsewhere: Path) -> None:
    result = ab("--url", NOWHERE, "--file", "[/none].txt")
    assert result.exit_code == 1
    assert "[/none].txt" in said(result)
    (elsewhere / "track.m4a").write_bytes(b"\xff\xfe\x00")
    result = ab("--url", NOWHERE, "--file", "track.m4a")
    assert result.exit_code == 1
    assert "The demo stopped:" in said(result)
