"""Keys at rest and tokens in flight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys, Ed25519Signer, _public_key
from ab_shared.errors import SettingsInvalid
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_the_private_half_is_sealed_and_opens_again(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW)
    raw = key_maker.opened(key).private_bytes_raw()
    assert raw not in key.sealed
    assert key_maker.make(NOW).kid != key.kid


def test_another_deployments_key_opens_nothing_and_is_named(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW)
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY"):
        Ed25519Keys(bytes(32)).opened(key)


def test_a_seal_is_good_for_its_own_key_only(key_maker: Ed25519Keys) -> None:
    one, other = key_maker.make(NOW), key_maker.make(NOW)
    with pytest.raises(SettingsInvalid):
        key_maker.opened(replace(one, sealed=other.sealed))


def test_a_kid_is_the_keys_thumbprint() -> None:
    """The example of RFC 8037, appendix A.3."""
    raw = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = _public_key(Ed25519PrivateKey.from_private_bytes(raw))
    assert public.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert public.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_changed_token_does_not_verify(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW)
    token = Ed25519Signer(key_maker, key).sign({"sub": "user_1"})
    verification_key = jwt.PyJWK(key.public.jwk)
    assert jwt.decode(token, verification_key, algorithms=["EdDSA"]) == {"sub": "user_1"}
    head, _, signature = token.split(".")
    forged = jwt.encode({"sub": "user_2"}, "x" * 32, algorithm="HS256").split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{forged}.{signature}", verification_key, algorithms=["EdDSA"])
