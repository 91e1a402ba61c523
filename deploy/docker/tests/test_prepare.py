"""Every reader of the compose stack gets exactly what it needs, made once and kept."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import prepare
import pytest
import yaml
from ab_local.services import DATABASES, SERVICES
from ab_operator.observers import address
from ab_shared.runtime.secret_files import value_of
from ab_shared.runtime.settings import load

ROOT = Path(__file__).resolve().parents[3]
PARTS: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """The folders that compose mounts into `prepare`, prepared."""
    for row in PARTS["prepare"]["volumes"]:
        name = row.partition(":")[2].removeprefix("/volumes/")
        (tmp_path / name).mkdir()
    prepare.lay_out(tmp_path)
    return tmp_path


def held(volumes: Path, reader: str) -> dict[str, str]:
    return {path.name: path.read_text() for path in (volumes / reader).iterdir()}


@pytest.mark.parametrize("name", [service.name for service in SERVICES])
def test_a_service_boots_on_what_compose_tells_it(
    name: str, volumes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = getattr(import_module(f"ab_{name}.settings"), f"{name.capitalize()}Settings")
    for field in settings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for variable, value in PARTS[name]["environment"].items():
        if value is not None:
            monkeypatch.setenv(variable, DEFAULT.sub(r"\1", str(value)))
    monkeypatch.setenv("SECRETS_DIRECTORY", str(volumes / name))
    load(settings)
    unknown = {file.upper() for file in held(volumes, name)} - {
        field.upper() for field in settings.model_fields
    }
    assert not unknown


def test_migrations_alone_know_the_owner(volumes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    for name in DATABASES:
        monkeypatch.setenv("SECRETS_DIRECTORY", str(volumes / f"migrate-{name}"))
        owner_url = value_of("DATABASE_OWNER_URL") or ""
        assert owner_url.startswith(f"postgresql://ab_{name}_owner:")
        password = owner_url.partition(f"ab_{name}_owner:")[2].partition("@")[0]
        assert not any(password in text for text in held(volumes, name).values())


def test_nobody_shares_a_password(volumes: Path) -> None:
    seen: dict[str, str] = {}
    for service in SERVICES:
        for file, value in held(volumes, service.name).items():
            # Addresses of lines mean the same to both who make them.
            if file != "content_address_key":
                assert seen.setdefault(value, service.name) == service.name
    assert len(seen) > len(SERVICES)


def test_the_broker_knows_the_passwords_that_services_come_with(volumes: Path) -> None:
    broker = json.loads((volumes / "rabbitmq/definitions.json").read_text())
    hashes = {user["name"]: user.get("password_hash") for user in broker["users"]}
    for service in SERVICES:
        url = urlsplit((volumes / service.name / "rabbitmq_url").read_text())
        assert (url.username, url.hostname) == (f"ab-{service.name}", "rabbitmq")
        # RabbitMQ's own form: four bytes of salt, then SHA-256 of them and the password.
        kept = base64.b64decode(hashes[url.username] or "")
        assert hashlib.sha256(kept[:4] + (url.password or "").encode()).digest() == kept[4:]


@pytest.mark.parametrize("program", ["prometheus", "alertmanager"])
def test_operators_are_told_where_the_watchers_answer(program: str, volumes: Path) -> None:
    url = urlsplit(address(program, volumes / "operator" / "stack.json"))
    assert url.hostname == program
    assert any(f":{url.port}/" in word for word in PARTS[program]["healthcheck"]["test"])
    assert set(PARTS["operator"]["networks"]) & set(PARTS[program]["networks"])


def test_databases_know_theirs(volumes: Path) -> None:
    script = (volumes / "provision-databases/databases.sql").read_text()
    for name in DATABASES:
        url = (volumes / name / "database_url").read_text()
        password = url.partition(f"ab_{name}:")[2].partition("@")[0]
        assert f"ALTER ROLE ab_{name} PASSWORD '{password}';" in script
        assert f"\\connect {name}\n" in script


def test_a_second_start_changes_nothing(volumes: Path) -> None:
    # The broker's hashes are salted anew, so that equal passwords do not look alike.
    files = [path for path in volumes.rglob("*") if path.is_file() and "rabbitmq/" not in str(path)]
    before = {path: path.read_text() for path in files}
    prepare.lay_out(volumes)
    assert before == {path: path.read_text() for path in files}


def test_only_the_vault_is_closed_to_other_users(volumes: Path) -> None:
    assert (volumes / "vault").stat().st_mode & 0o777 == 0o700
    assert (volumes / "vault/credentials.json").stat().st_mode & 0o077 == 0
    assert (volumes / "tts/database_url").stat().st_mode & 0o777 == 0o444


def test_a_vendors_key_is_taken_from_standard_input(
    volumes: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a-key\n"))
    assert prepare.main(["set", "tts", "ELEVENLABS_API_KEY"], volumes) == 0
    assert (volumes / "tts/elevenlabs_api_key").read_text() == "a-key"
    prepare.lay_out(volumes)
    assert (volumes / "tts/elevenlabs_api_key").read_text() == "a-key"
    assert prepare.main(["show", "tts"], volumes) == 0
    assert "tts/elevenlabs_api_key: a-key" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(SystemExit, match="no value"):
        prepare.main(["set", "tts", "ELEVENLABS_API_KEY"], volumes)


def test_a_wrong_call_explains_itself(volumes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["what"], volumes) != 0
    assert "prepare set SERVICE VARIABLE" in capsys.readouterr().err
