"""Fly's and Railway's files fit the services: settings, ports, commands, time to drain."""

from __future__ import annotations

import json
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.runtime.settings import load

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy"
# What a README tells to set as secrets; never in a file.
SECRET = {
    "RABBITMQ_URL": "amqps://ab:pw@broker:5671/ab",
    "DATABASE_URL": "postgresql://ab:pw@database:5432/ab",
    "VALKEY_URL": "rediss://:pw@cache:6379/0",
    "AWS_ACCESS_KEY_ID": "made-up-id",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret",
    "CONTENT_ADDRESS_KEY": "a" * 64,
    "ERASURE_PROOF_KEY": "b" * 64,
}


def fly(service: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"fly/{service}.toml").read_text(encoding="utf-8"))


def railway(service: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"railway/{service}.json").read_text())
    return found


@pytest.mark.parametrize("folder", ["fly", "railway"])
def test_each_service_has_a_file_of_its_name(folder: str) -> None:
    found = {path.stem for path in (FOLDER / folder).iterdir() if path.suffix != ".md"}
    assert found == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_with_what_fly_gives_it(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_type = getattr(import_module(f"ab_{service}.settings"), f"{service.title()}Settings")
    given = fly(service)["env"]
    known = {name.upper() for name in settings_type.model_fields}
    assert set(given) <= known
    assert not set(given) & set(SECRET)
    for name in known:
        monkeypatch.delenv(name, raising=False)
    for name, value in (given | {k: v for k, v in SECRET.items() if k in known}).items():
        monkeypatch.setenv(name, value)
    assert load(settings_type).environment == "production"


@pytest.mark.parametrize("service", SERVICES)
def test_fly_asks_where_it_listens_and_lets_it_drain(service: str) -> None:
    told, env = fly(service), fly(service)["env"]
    assert told["app"] == f"affirmation-beats-{service}"
    assert (FOLDER / "fly" / told["build"]["dockerfile"]).resolve().is_file()
    port = int(env["INTERNAL_HTTP_PORT"])
    assert (told["checks"]["ready"]["port"], told["checks"]["ready"]["path"]) == (port, "/readyz")
    assert told["metrics"] == {"port": port, "path": "/metrics"}
    assert int(told["kill_timeout"].removesuffix("s")) > int(env["DRAIN_SECONDS"])
    public = told.get("http_service", {}).get("internal_port")
    assert public == (int(env["PORT"]) if service == "gateway" else None)


@pytest.mark.parametrize("service", SERVICES)
def test_both_migrate_before_a_release_what_has_a_database(service: str) -> None:
    command = None if service == "gateway" else f"python -m ab_{service} migrate"
    assert fly(service)["deploy"].get("release_command") == command
    steps = railway(service)["deploy"].get("preDeployCommand")
    assert steps == (None if command is None else [command])


@pytest.mark.parametrize("service", SERVICES)
def test_railway_builds_the_image_and_lets_it_drain(service: str) -> None:
    told = railway(service)
    assert (ROOT / told["build"]["dockerfilePath"]).is_file()
    assert told["deploy"]["drainingSeconds"] > 20
    path = "/v1/health" if service == "gateway" else "/readyz"
    assert told["deploy"]["healthcheckPath"] == path
