"""What the made-up vendors refuse is said as it is."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from ab_operator.commands import simulate
from ab_operator.main import app
from click.testing import Result
from typer.testing import CliRunner


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Paths that a vendor was asked for, which knows nobody."""
    paths: list[str] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        return httpx.Response(400, json={"message": "'sess_nope'"})

    class Client(httpx.Client):
        def __init__(self, **_: object) -> None:
            super().__init__(transport=httpx.MockTransport(vendor))

    monkeypatch.setattr(simulate.httpx, "Client", Client)
    (tmp_path / "stack.json").write_text(json.dumps({"simulators": {"clerk": "http://clerk"}}))
    monkeypatch.chdir(tmp_path)
    return paths


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["--stack", "stack.json", "simulate", *arguments])


@pytest.mark.parametrize(
    ("command", "told"),
    [("sign-out", "There is no such session"), ("delete-user", "There is no such user")],
)
def test_what_a_vendor_does_not_know_is_no_stack_that_is_down(
    asked: list[str], command: str, told: str
) -> None:
    done = run(command, "nope")
    assert (done.exit_code, told in done.output, len(asked)) == (1, True, 1)


@pytest.mark.parametrize("command", ["sign-in", "delete-user", "purchase"])
@pytest.mark.parametrize("user", ["", " "])
def test_nobody_is_not_a_user(asked: list[str], command: str, user: str) -> None:
    assert run(command, user).exit_code == 2
    assert not asked
