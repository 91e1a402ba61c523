"""A process names all that is wrong with its environment at once, and shows none of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.secret_files import value_of
from ab_shared.runtime.settings import (
    DatabaseSettings,
    Environment,
    Secret,
    ServiceSettings,
    StorageSettings,
    load,
    setting,
)

SECRET = "hunter2-and-more"


class Settings(DatabaseSettings, StorageSettings):
    """A setting of every kind."""

    names: tuple[str, ...] = setting((), about="JSON list")
    key: Secret = setting(about="A key")


NEEDED = {
    "RABBITMQ_URL": f"amqp://ab-tts:{SECRET}@rabbitmq:5672/ab",
    "DATABASE_URL": f"postgresql://ab_tts:{SECRET}@postgres:5432/tts",
    "KEY": SECRET,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal(settings: type[ServiceSettings] = Settings) -> str:
    with pytest.raises(SettingsInvalid) as refused:
        load(settings)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    return refused.value.message


def test_what_is_not_said_has_its_default() -> None:
    settings = load(Settings)
    assert settings.environment is Environment.PRODUCTION
    assert (settings.log_level, settings.internal_http_port) == ("INFO", 8080)
    assert settings.internal_http_host == "127.0.0.1"
    assert settings.database_owner_url is settings.sentry_dsn is None
    assert settings.rabbitmq_url.get_secret_value() == NEEDED["RABBITMQ_URL"]


def test_what_is_said_counts(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("LOG_LEVEL", "DEBUG")
    environment.setenv("DRAIN_SECONDS", "1.5")
    environment.setenv("NAMES", '["a", "b"]')
    settings = load(Settings)
    assert (settings.log_level, settings.drain_seconds) == ("DEBUG", 1.5)
    assert settings.names == ("a", "b")


def test_every_wrong_variable_is_named_at_once_and_never_a_value(
    environment: pytest.MonkeyPatch,
) -> None:
    wrong = {
        "KEY": f"change-me-{SECRET}",
        "DATABASE_OWNER_URL": f"postgresql://<user>:{SECRET}@postgres/tts",
        "SENTRY_DSN": "  ",
        "LOG_LEVEL": f"LOUD {SECRET}",
        "ENVIRONMENT": SECRET,
        "INTERNAL_HTTP_PORT": f"1{SECRET}",
        "DATABASE_POOL_SIZE": "4711",
        "DRAIN_SECONDS": "0",
        "NAMES": f'["{SECRET}"',
    }
    for name, value in wrong.items():
        environment.setenv(name, value)
    environment.delenv("RABBITMQ_URL")
    said = refusal()
    for name in (*wrong, "RABBITMQ_URL"):
        assert name in said, name
    assert SECRET not in said
    assert "4711" not in said
    assert "\n" not in said
    assert said.count(";") == len(wrong)


def test_a_complaint_says_what_is_wrong(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("RABBITMQ_URL")
    environment.setenv("KEY", "change-me")
    environment.setenv("DATABASE_URL", "")
    said = refusal()
    assert "RABBITMQ_URL is missing" in said
    assert "KEY is still a placeholder" in said
    assert "DATABASE_URL is empty" in said


def test_a_complaint_names_the_variable_and_the_place_in_it(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("NAMES", '["fine", 1]')
    assert refusal().startswith("Settings: NAMES ")
    assert refusal().endswith("(at 1)")


@pytest.mark.parametrize(
    "value",
    [
        *("change-me", "CHANGEME", "amqp://u:change_me@h", "replace me", "your-key-here"),
        *("<key>", "amqp://<user>@h", "xxx", "XXXXXX", "...", "", "   "),
    ],
)
def test_a_placeholder_is_no_secret(environment: pytest.MonkeyPatch, value: str) -> None:
    environment.setenv("KEY", value)
    assert refusal().startswith("Settings: KEY ")


@pytest.mark.parametrize("value", ["xx", "a...b", "xxxx1", "exchange", "3<4", "yours"])
def test_what_only_looks_like_a_placeholder_is_taken(
    environment: pytest.MonkeyPatch, value: str
) -> None:
    environment.setenv("KEY", value)
    assert load(Settings).key.get_secret_value() == value


@pytest.mark.parametrize("value", ["nope", "[1", '"a"', "{}", "[1]"])
def test_a_list_that_is_none_is_named_with_the_others(
    environment: pytest.MonkeyPatch, value: str
) -> None:
    environment.setenv("NAMES", value)
    environment.delenv("KEY")
    said = refusal()
    assert "NAMES" in said
    assert "KEY is missing" in said


def test_secrets_are_not_in_the_text_of_settings() -> None:
    assert SECRET not in f"{load(Settings)!r} {load(Settings)}"


def test_settings_stay_as_they_were_read() -> None:
    settings = load(Settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.log_level = "ERROR"


def test_a_setting_carries_what_the_example_file_says_of_it() -> None:
    field = DatabaseSettings.model_fields["database_owner_url"]
    assert field.description
    assert field.json_schema_extra == {
        "example": "postgresql://ab_SERVICE_owner:change-me@postgres:5432/SERVICE",
        "where": "everywhere",
    }


def test_files_say_what_the_environment_does_not(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("a key out of a file\n")
    (tmp_path / "rabbitmq_url").write_text("amqp://nobody@nowhere/ab")
    (tmp_path / "names").write_text('["a", "b"]')
    environment.delenv("KEY")
    environment.setenv("SECRETS_DIRECTORY", str(tmp_path))
    settings = load(Settings)
    assert settings.key.get_secret_value() == "a key out of a file"
    assert settings.names == ("a", "b")
    assert settings.rabbitmq_url.get_secret_value() == NEEDED["RABBITMQ_URL"]


def test_a_placeholder_in_a_file_is_refused_like_any_other(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("change-me")
    (tmp_path / "names").write_text("[no JSON")
    environment.delenv("KEY")
    environment.setenv("SECRETS_DIRECTORY", str(tmp_path))
    message = refusal()
    assert "KEY is still a placeholder" in message
    assert "NAMES" in message


def test_what_a_folder_that_is_not_there_should_have_held_is_missing(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.delenv("KEY")
    environment.setenv("SECRETS_DIRECTORY", "/nowhere/at/all")
    assert "KEY is missing" in refusal()


def test_one_value_is_found_without_settings(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("DATABASE_OWNER_URL", raising=False)
    assert value_of("DATABASE_OWNER_URL") is None
    environment.setenv("SECRETS_DIRECTORY", str(tmp_path))
    assert value_of("DATABASE_OWNER_URL") is None
    (tmp_path / "database_owner_url").write_text(" postgresql://owner@here/tts\n")
    assert value_of("DATABASE_OWNER_URL") == "postgresql://owner@here/tts"
    environment.setenv("DATABASE_OWNER_URL", "postgresql://owner@there/tts")
    assert value_of("DATABASE_OWNER_URL") == "postgresql://owner@there/tts"
