from __future__ import annotations

import pytest
from ab_operator.main import app
from typer.testing import CliRunner


@pytest.mark.parametrize(
    ("arguments", "named"),
    [(["nobody", "DEBUG"], "'nobody'"), (["tts", "LOUD"], "'LOUD'"), (["all", ""], "''")],
)
def test_what_is_unknown_is_named_before_anybody_is_told(
    arguments: list[str], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATOR_RABBITMQ_URL", "amqp://nobody:listens@127.0.0.1:1/ab")
    said = CliRunner().invoke(app, ["logs", "level", *arguments])
    assert said.exit_code == 2
    assert named in said.stderr


@pytest.mark.parametrize("minutes", ["0", "1441"])
def test_a_level_is_set_for_a_day_at_most(minutes: str) -> None:
    said = CliRunner().invoke(app, ["logs", "level", "tts", "DEBUG", "--minutes", minutes])
    assert said.exit_code == 2
