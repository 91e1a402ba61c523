"""Refusing to boot."""

from __future__ import annotations

import base64

import pytest
from ab_auth.settings import AuthSettings, key_bytes
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load
from pydantic import SecretStr

KEY = bytes(range(224, 256))
NEEDED = {
    "ERASURE_PROOF_KEY": "p" * 32,
    "DATABASE_URL": "postgresql://a:b@c/d",
    "RABBITMQ_URL": "amqp://a:b@c/d",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in AuthSettings.model_fields:
        monkeypatch.delenv(field.upper(), raising=False)
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)


def test_without_the_builtin_issuer_it_needs_no_key() -> None:
    assert not load(AuthSettings).builtin_issuer_enabled


def test_the_builtin_issuer_names_all_it_misses_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILTIN_ISSUER_ENABLED", "true")
    monkeypatch.setenv("ENVIRONMENT", "local")
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(SettingsInvalid) as refusal:
        load(AuthSettings)
    for name in ("DATABASE_URL", "TOKEN_ISSUER_URL", "SIGNING_KEY_ENCRYPTION_KEY"):
        assert f"{name} is missing" in refusal.value.message


@pytest.mark.parametrize("value", ["change-me", "c2hvcnQ=", "not base64!"])
def test_a_key_that_is_none_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("SIGNING_KEY_ENCRYPTION_KEY", value)
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY") as refusal:
        load(AuthSettings)
    assert value not in refusal.value.message


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_comes_in_either_alphabet(encode: object) -> None:
    assert callable(encode)
    assert key_bytes(SecretStr(encode(KEY).decode())) == (KEY,)


def test_several_keys_open_and_each_is_a_whole_one(monkeypatch: pytest.MonkeyPatch) -> None:
    other = bytes(32)
    both = f"{base64.b64encode(KEY).decode()}, {base64.b64encode(other).decode()}"
    assert key_bytes(SecretStr(both)) == (KEY, other)
    monkeypatch.setenv("SIGNING_KEY_ENCRYPTION_KEY", f"{both},c2hvcnQ=")
    with pytest.raises(SettingsInvalid, match="is not 32 bytes"):
        load(AuthSettings)


def on(monkeypatch: pytest.MonkeyPatch, **more: str) -> AuthSettings:
    values = {
        "BUILTIN_ISSUER_ENABLED": "true",
        "TOKEN_ISSUER_URL": "https://api.example.org",
        "SIGNING_KEY_ENCRYPTION_KEY": base64.b64encode(KEY).decode(),
    }
    for name, value in {**values, **more}.items():
        monkeypatch.setenv(name, value)
    return load(AuthSettings)


@pytest.mark.parametrize("environment", [{}, {"ENVIRONMENT": "production"}])
def test_production_refuses_the_builtin_issuer_unless_told_so(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        on(monkeypatch, **environment)
    assert "BUILTIN_ISSUER_ENABLED is refused in production" in refusal.value.message
    assert "ALLOW_BUILTIN_ISSUER_IN_PRODUCTION" in refusal.value.message
    allowed = on(monkeypatch, **environment, ALLOW_BUILTIN_ISSUER_IN_PRODUCTION="true")
    assert allowed.builtin_issuer_enabled


@pytest.mark.parametrize("environment", ["local", "test", "staging"])
def test_elsewhere_it_may_be_on(monkeypatch: pytest.MonkeyPatch, environment: str) -> None:
    assert on(monkeypatch, ENVIRONMENT=environment).builtin_issuer_enabled


def test_a_proof_key_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERASURE_PROOF_KEY", "p" * 31)
    with pytest.raises(SettingsInvalid, match="ERASURE_PROOF_KEY needs 32 characters at least"):
        load(AuthSettings)
