from importlib import import_module
from urllib.parse import urlsplit

import pytest
from ab_local.layout import read_json
from ab_local.services import (
    FOR_ALL,
    FOR_LIBRARIES,
    SERVICES,
    Service,
    internal,
    migration_environment,
    service_environment,
)
from ab_local.simulators import simulator_children
from ab_local.stack import Stack

BY_NAME = {service.name: service for service in SERVICES}
ALONE = {
    "gateway": {"valkey", "revenuecat", "revenuecat-webhooks", "clerk-webhooks"},
    "auth": {"signing-key-encryption", "clerk-api", "erasure-proof"},
    "entitlement": {"revenuecat-api"},
    "session": {"expo-api"},
}
SHARED = {"content-address": {"session", "tts"}}


AI_KEYS = {"tts": {"elevenlabs-api", "openai-api"}, "session": {"openai-api"}}


def secrets_of(stack: Stack) -> dict[str, str]:
    for service in SERVICES:
        service_environment(stack, service, service.name)
        migration_environment(stack, service)
    stack.credentials.password("postgres")
    return {name: str(value) for name, value in read_json(stack.layout.credentials).items()}


def allowed(service: Service) -> set[str]:
    own = {f"ab-{service.name}", service.role, f"s3-{service.name}"}
    own |= {secret for secret, holders in SHARED.items() if service.name in holders}
    return own | ALONE.get(service.name, set())


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_gets_nobody_elses_secrets(stack: Stack, service: Service) -> None:
    secrets = secrets_of(stack)
    environment = "\n".join(service_environment(stack, service, service.name).values())
    held = {name for name, secret in secrets.items() if secret in environment}
    assert held <= allowed(service)
    assert f"ab-{service.name}" in held


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_only_the_migration_runs_as_the_owner(stack: Stack, service: Service) -> None:
    running = service_environment(stack, service, service.name)
    assert service.owner_role not in "\n".join(running.values())
    assert ("DATABASE_URL" in running) is service.database
    if service.database:
        migrating = migration_environment(stack, service)
        assert urlsplit(migrating["DATABASE_OWNER_URL"]).username == service.owner_role
        assert "DATABASE_URL" not in migrating
        assert "RABBITMQ_URL" not in migrating


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_gets_what_its_settings_ask_for_and_no_more(
    stack: Stack, service: Service
) -> None:
    settings = import_module(f"ab_{service.name}.settings")
    fields = getattr(settings, f"{service.name.capitalize()}Settings").model_fields
    asked = {name.upper(): field for name, field in fields.items()}
    given = service_environment(stack, service, service.name).keys()
    required = {name for name, field in asked.items() if field.is_required()}
    assert required <= given
    assert given - stack.base_environment().keys() - {"PYTHONUNBUFFERED"} <= asked.keys()
    assert {*FOR_ALL, *service.passed_on} <= asked.keys()
    assert not {*FOR_LIBRARIES} & asked.keys()


def test_what_lies_in_the_developers_environment_stays_there(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "private")
    monkeypatch.setenv("OPENAI_API_KEY", "for-two")
    environments = {
        service.name: service_environment(stack, service, service.name) for service in SERVICES
    }
    assert not any("GITHUB_TOKEN" in environment for environment in environments.values())
    assert environments["tts"]["OPENAI_API_KEY"] == "for-two"
    given = [name for name, values in environments.items() if "OPENAI_API_KEY" in values]
    assert given == ["session", "tts"]


def test_made_up_ai_vendors_get_no_real_key_and_give_their_own_to_those_who_call(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-developers-own")
    before = {child.name for child in simulator_children(stack)}
    monkeypatch.setenv("AB_AI_VENDORS", "1")
    secrets = secrets_of(stack)
    for service in SERVICES:
        values = "\n".join(service_environment(stack, service, service.name).values())
        assert "the-developers-own" not in values
        held = {name for name, secret in secrets.items() if secret in values}
        assert held <= allowed(service) | AI_KEYS.get(service.name, set())
        assert held >= AI_KEYS.get(service.name, set())
    assert {c.name for c in simulator_children(stack)} == before | {"elevenlabs", "openai"}


def test_services_understand_what_they_get_with_made_up_ai_vendors(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AB_AI_VENDORS", "1")
    for name, value in service_environment(stack, BY_NAME["tts"], "tts").items():
        monkeypatch.setenv(name, value)
    settings = import_module("ab_tts.settings").TtsSettings()
    assert settings.tts_providers == ["elevenlabs", "openai", "embedded"]
    assert settings.silent == []


def test_buckets_are_named_to_those_who_use_them(stack: Stack) -> None:
    used = {
        service.name: {
            value
            for name, value in service_environment(stack, service, service.name).items()
            if name.endswith("BUCKET_NAME")
        }
        for service in SERVICES
    }
    assert used.pop("stitching") == {"ab-speech", "ab-reads", "ab-media"}
    assert used.pop("tts") == {"ab-speech"}
    assert used.pop("gateway") == {"ab-media"}
    assert used.pop("auth") == {"ab-media"}
    assert not any(used.values())


def test_each_worker_has_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AB_TTS_WORKERS", "3")
    assert BY_NAME["tts"].instances() == ["tts", "tts-2", "tts-3"]
    assert len({internal(name) for name in BY_NAME["tts"].instances()}) == 3
    monkeypatch.setenv("AB_TTS_WORKERS", "0")
    assert BY_NAME["tts"].instances() == ["tts"]


def test_a_bind_address_opens_the_gateway_alone(stack: Stack) -> None:
    open_stack = Stack(stack.layout, stack.ports, stack.credentials, "192.0.2.7")
    environment = service_environment(open_stack, BY_NAME["gateway"], "gateway")
    assert environment["GATEWAY_HOST"] == "192.0.2.7"
    assert environment["MEDIA_PUBLIC_BASE_URL"] == f"http://192.0.2.7:{stack.ports['s3']}"
    assert environment["INTERNAL_HTTP_HOST"] == "127.0.0.1"
    assert "127.0.0.1" in environment["RABBITMQ_URL"]


def test_services_alone_go_through_the_proxies(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = {"rabbitmq": 61, "postgres": 62, "valkey": 63, "s3": 64}
    listed = ",".join(f"{name}={port}" for name, port in proxies.items())
    monkeypatch.setenv("AB_SERVICE_PORTS", listed)
    session, tts = (service_environment(stack, BY_NAME[name], name) for name in ("session", "tts"))
    gateway = service_environment(stack, BY_NAME["gateway"], "gateway")
    assert urlsplit(session["RABBITMQ_URL"]).port == proxies["rabbitmq"]
    assert urlsplit(session["DATABASE_URL"]).port == proxies["postgres"]
    assert urlsplit(gateway["VALKEY_URL"]).port == proxies["valkey"]
    assert urlsplit(tts["AWS_ENDPOINT_URL_S3"]).port == proxies["s3"]
    migrating = migration_environment(stack, BY_NAME["session"])
    assert urlsplit(migrating["DATABASE_OWNER_URL"]).port == stack.ports["postgres"]
    assert urlsplit(gateway["MEDIA_PUBLIC_BASE_URL"]).port == stack.ports["s3"]
