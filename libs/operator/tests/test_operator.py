"""The command line of the operator: what it needs, what it refuses, how it ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from ab_client.main import add_installed
from ab_operator.commands.audit import change
from ab_operator.dead_letter_desk import Choice
from ab_operator.main import app
from ab_operator.moments import moment
from ab_operator.settings import find_settings
from ab_shared.contracts.audit import StoredAuditEntry
from ab_shared.errors import SettingsInvalid, ValidationFailed
from ab_shared.messaging import headers as header
from ab_shared.messaging.dead_letter import DeadLetter, read_letter
from typer.testing import CliRunner

URL = "amqp://ab-operator:s3cret@127.0.0.1:1/ab"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a local stack, an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPERATOR_RABBITMQ_URL", "OPERATOR_NAME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def stack_file(path: Path, user: str = "ab-operator") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"infrastructure": {"rabbitmq": {"urls": {user: URL}}}}))
    return path


def url_of(stack: Path | None) -> str:
    return find_settings(stack).operator_rabbitmq_url.get_secret_value()


class TestSettings:
    def test_come_from_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPERATOR_RABBITMQ_URL", "amqp://elsewhere/ab")
        assert url_of(None) == "amqp://elsewhere/ab"

    def test_come_from_the_local_stack_when_the_environment_is_silent(self, nowhere: Path) -> None:
        stack_file(nowhere / ".local/dev/stack.json")
        assert url_of(None) == URL

    def test_come_from_a_named_stack_before_all(
        self, nowhere: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPERATOR_RABBITMQ_URL", "amqp://elsewhere/ab")
        assert url_of(stack_file(nowhere / "other.json")) == URL

    def test_say_what_is_missing(self, nowhere: Path) -> None:
        with pytest.raises(SettingsInvalid, match="OPERATOR_RABBITMQ_URL is missing"):
            find_settings(None)
        with pytest.raises(SettingsInvalid, match="names no broker user"):
            find_settings(stack_file(nowhere / "old.json", "ab-tts"))
        with pytest.raises(SettingsInvalid, match="names no broker user"):
            find_settings(nowhere / "none.json")

    def test_an_address_is_no_name_for_the_trail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPERATOR_RABBITMQ_URL", URL)
        monkeypatch.setenv("OPERATOR_NAME", "jo@example.org")
        with pytest.raises(SettingsInvalid, match="OPERATOR_NAME"):
            find_settings(None)


class TestCommands:
    def run(self, *arguments: str) -> Any:
        return CliRunner().invoke(app, arguments)

    def test_every_module_is_a_command(self) -> None:
        printed = self.run("--help").output
        assert all(name in printed for name in ("status", "dlq", "audit"))

    def test_it_is_a_part_of_ab(self) -> None:
        whole = typer.Typer()
        add_installed(whole)
        printed = CliRunner().invoke(whole, ["operator", "dlq", "--help"]).output
        assert all(name in printed for name in ("list", "show", "replay", "discard"))

    def test_without_settings_it_is_one_line_and_78(self) -> None:
        done = self.run("status")
        assert done.exit_code == 78
        assert "OPERATOR_RABBITMQ_URL is missing" in done.output
        assert "Traceback" not in done.output

    @pytest.mark.parametrize(
        "arguments",
        [
            ("dlq", "replay"),
            ("dlq", "replay", "--service", "tts", "--yes"),
            ("dlq", "discard", "all"),
            ("dlq", "show", "m1", "--reveal"),
            ("dlq", "list", "--since", "yesterday"),
        ],
    )
    def test_nothing_is_done_by_leaving_something_out(self, arguments: tuple[str, ...]) -> None:
        assert self.run(*arguments).exit_code == 2


class TestChoice:
    def letter(self, **headers: str) -> DeadLetter:
        return read_letter("tts", "tts.synthesize", b"?", {**headers}, "m1")

    def test_everything_that_is_given_narrows(self) -> None:
        letter = self.letter(
            **{header.REASON: "invalid", header.DIED_AT: "2026-01-02T00:00:00.000001Z"}
        )
        before, after = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 3))
        assert Choice().takes(letter)
        assert Choice(frozenset({"m1"}), reason="invalid", since=before).takes(letter)
        assert not Choice(frozenset({"m2"})).takes(letter)
        assert not Choice(reason="permanent").takes(letter)
        assert not Choice(since=after).takes(letter)

    def test_a_letter_without_a_time_is_never_too_old(self) -> None:
        assert Choice(since=datetime.now(UTC)).takes(self.letter())

    def test_only_services_have_shelves(self) -> None:
        assert Choice(service="tts").services == ("tts",)
        with pytest.raises(ValidationFailed):
            _ = Choice(service="nobody").services


class TestMoments:
    @pytest.mark.parametrize(("said", "hours"), [("90m", 1.5), ("2h", 2), ("1d", 24)])
    def test_ago(self, said: str, hours: float) -> None:
        wanted = datetime.now(UTC) - timedelta(hours=hours)
        assert abs(moment(said) - wanted) < timedelta(seconds=5)

    def test_an_instant_is_utc_unless_it_says_otherwise(self) -> None:
        assert moment("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert moment("2026-01-02T03:04:05+01:00") == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)

    @pytest.mark.parametrize("said", ["", "soon", "5w", "-1h", "99999999h"])
    def test_anything_else_is_refused(self, said: str) -> None:
        with pytest.raises(typer.BadParameter):
            moment(said)


class TestAudit:
    def entry(self, **changes: Any) -> StoredAuditEntry:
        who = {"actor": "jo", "actor_kind": "operator", "correlation_id": "c", "id": "m1"}
        what = {"action": "admin.grant", "subject": "user:u", "number": 1}
        return StoredAuditEntry.model_validate({**who, **what, **changes})

    @pytest.mark.parametrize(
        ("before", "after", "shown"),
        [
            ({"role": None}, {"role": "ADMIN"}, "role: None → ADMIN"),
            ({"stage": "failed", "error": "x"}, {"stage": "queued"}, "stage: failed → queued, "),
            (None, {"customers": 3}, "customers: 3"),
            ({"role": "ADMIN"}, None, "role: ADMIN → -"),
            (None, None, ""),
        ],
    )
    def test_a_change_is_shown_field_by_field(self, before: Any, after: Any, shown: str) -> None:
        assert change(self.entry(before=before, after=after)).startswith(shown)
