"""Refusing to boot."""

from __future__ import annotations

import base64

import pytest
from ab_auth.settings import AuthSettings, key_bytes
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load
from pydantic import SecretStr

KEY = bytes(range(224, 256))
NEEDED = {"DATABASE_URL": "postgresql://a:b@c/d", "RABBITMQ_URL": "amqp://a:b@c/d"}


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
    assert key_bytes(SecretStr(encode(KEY).decode())) == KEY
