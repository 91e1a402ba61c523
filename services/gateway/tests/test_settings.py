"""Refusing to boot, and signing with what is configured."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from ab_gateway.bootstrap import url_signer
from ab_gateway.domain.identity import Issuer
from ab_gateway.settings import GatewaySettings
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLERK = "https://clerk.example.test"
NEEDED = {
    "RABBITMQ_URL": "amqp://ab-gateway:s@rabbitmq/ab",
    "VALKEY_URL": "redis://:s@valkey:6379/0",
    "AWS_S3_BUCKET_NAME": "ab-media",
    "AWS_ACCESS_KEY_ID": "AKID",
    "AWS_SECRET_ACCESS_KEY": "s",
    "TOKEN_ISSUERS": json.dumps([{"issuer": CLERK, "kind": "jwks"}]),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    for name in ("ENVIRONMENT", "DEV_DEFAULT_USER", "CLOUDFRONT_DOMAIN"):
        monkeypatch.delenv(name, raising=False)


def test_reads_its_issuers_from_json() -> None:
    assert load(GatewaySettings).token_issuers == (Issuer(CLERK, "jwks"),)


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "VALKEY_URL": "redis://:change-me@valkey:6379/0",
        "TOKEN_ISSUERS": "[]",
        "DEV_DEFAULT_USER": "dev",
        "TRUSTED_PROXIES": '["everybody"]',
        "CLOUDFRONT_DOMAIN": "media.example.com",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("RABBITMQ_URL")
    with pytest.raises(SettingsInvalid) as refusal:
        load(GatewaySettings)
    for name in (*wrong, "RABBITMQ_URL", "CLOUDFRONT_PRIVATE_KEY"):
        assert name in refusal.value.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEV_DEFAULT_USER", "dev"),
        ("TOKEN_ISSUERS", '[{"issuer": "http://clerk.example.test", "kind": "jwks"}]'),
    ],
)
def test_what_suits_a_laptop_is_refused_in_production(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsInvalid, match=f"{name} .* refused in production"):
        load(GatewaySettings)
    monkeypatch.setenv("ENVIRONMENT", "local")
    load(GatewaySettings)


def test_something_must_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SettingsInvalid, match="AWS_SECRET_ACCESS_KEY"):
        load(GatewaySettings)


def test_signs_for_the_cdn_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=6)
    stem = "stems/x/Babbling Brook.m4a"
    presigned = url_signer(load(GatewaySettings)).sign(stem, expires_at=later)
    assert presigned.startswith("https://s3.us-east-1.amazonaws.com/ab-media/stems/x/Babbling%20")
    pem = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    monkeypatch.setenv("CLOUDFRONT_DOMAIN", "media.example.com")
    monkeypatch.setenv("CLOUDFRONT_KEY_PAIR_ID", "K1")
    monkeypatch.setenv("CLOUDFRONT_PRIVATE_KEY", pem.decode().replace("\n", "\\n"))
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    signed = url_signer(load(GatewaySettings)).sign(stem, expires_at=later)
    assert signed.startswith("https://media.example.com/stems/x/Babbling%20Brook.m4a?Expires=")
    assert "Key-Pair-Id=K1" in signed


def test_production_refuses_the_builtin_issuer_unless_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = [{"issuer": "https://api.example.test", "kind": "builtin"}]
    monkeypatch.setenv("TOKEN_ISSUERS", json.dumps(own))
    monkeypatch.setenv("BUILTIN_ISSUER_ENABLED", "true")
    with pytest.raises(SettingsInvalid) as refusal:
        load(GatewaySettings)
    assert "BUILTIN_ISSUER_ENABLED is refused in production" in refusal.value.message
    assert "TOKEN_ISSUERS names the built-in issuer" in refusal.value.message
    monkeypatch.setenv("ALLOW_BUILTIN_ISSUER_IN_PRODUCTION", "true")
    assert load(GatewaySettings).builtin_issuer_enabled
    monkeypatch.delenv("ALLOW_BUILTIN_ISSUER_IN_PRODUCTION")
    monkeypatch.setenv("ENVIRONMENT", "local")
    assert load(GatewaySettings).builtin_issuer_enabled
