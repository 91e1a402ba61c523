"""Keys at rest and tokens in flight."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys, Ed25519Signer, _public_key
from ab_shared.errors import DependencyUnavailable, SettingsInvalid
from ab_shared.testing.clock import FakeClock
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_the_private_half_is_sealed_and_opens_again(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW, NOW, 900)
    raw = key_maker.opened(key).private_bytes_raw()
    assert raw not in key.sealed
    assert key_maker.make(NOW, NOW, 900).kid != key.kid


def test_another_deployments_key_opens_nothing_and_is_named(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW, NOW, 900)
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY"):
        Ed25519Keys(bytes(32)).opened(key)


def test_a_seal_is_good_for_its_own_key_only(key_maker: Ed25519Keys) -> None:
    one, other = key_maker.make(NOW, NOW, 900), key_maker.make(NOW, NOW, 900)
    with pytest.raises(SettingsInvalid):
        key_maker.opened(replace(one, sealed=other.sealed))


def test_a_kid_is_the_keys_thumbprint() -> None:
    """The example of RFC 8037, appendix A.3."""
    raw = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = _public_key(Ed25519PrivateKey.from_private_bytes(raw))
    assert public.jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert public.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_changed_token_does_not_verify(key_maker: Ed25519Keys) -> None:
    key = key_maker.make(NOW, NOW, 900)
    signer = Ed25519Signer(key_maker, lambda: NOW)
    signer.adopt([key])
    token = signer.sign({"sub": "user_1"})
    verification_key = jwt.PyJWK(key.public.jwk)
    assert jwt.decode(token, verification_key, algorithms=["EdDSA"]) == {"sub": "user_1"}
    head, _, signature = token.split(".")
    forged = jwt.encode({"sub": "user_2"}, "x" * 32, algorithm="HS256").split(".")[1]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(f"{head}.{forged}.{signature}", verification_key, algorithms=["EdDSA"])


def test_the_deployments_key_can_be_changed() -> None:
    old, new = bytes(range(32)), bytes(range(1, 33))
    key = Ed25519Keys(old).make(NOW, NOW, 900)
    both = Ed25519Keys(new, old)
    resealed = both.resealed(key)
    raw = Ed25519Keys(old).opened(key).private_bytes_raw()
    assert both.opened(key).private_bytes_raw() == raw
    assert Ed25519Keys(new).opened(resealed).private_bytes_raw() == raw
    assert both.resealed(resealed) is resealed
    with pytest.raises(SettingsInvalid):
        Ed25519Keys(old).opened(resealed)


def kid_of(signer: Ed25519Signer) -> str:
    return str(jwt.get_unverified_header(signer.sign({"sub": "user_1"}))["kid"])


def test_a_signer_changes_over_by_the_clock_and_needs_no_more_than_the_keys_that_sign(
    key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    now = clock()
    gone = Ed25519Keys(bytes(32)).make(now, now - timedelta(days=2), 900)
    old = key_maker.make(now, now - timedelta(days=1), 900)
    new = key_maker.make(now, now + timedelta(seconds=300), 1200)
    signer = Ed25519Signer(key_maker, clock)
    signer.adopt([gone, old, new])
    assert kid_of(signer) == old.kid
    clock.advance(299)
    assert kid_of(signer) == old.kid
    clock.advance(1)
    assert kid_of(signer) == new.kid
    assert signer.longest_token() == timedelta(seconds=1200)


def test_nobody_signs_with_keys_that_were_not_looked_at_for_too_long(
    key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    signer = Ed25519Signer(key_maker, clock, patience=timedelta(seconds=300))
    with pytest.raises(DependencyUnavailable):
        kid_of(signer)
    key = key_maker.make(clock(), clock(), 900)
    signer.adopt([key])
    clock.advance(300)
    assert kid_of(signer) == key.kid
    clock.advance(1)
    with pytest.raises(DependencyUnavailable):
        kid_of(signer)
    signer.adopt([key])
    assert kid_of(signer) == key.kid


def test_a_key_that_will_sign_and_does_not_open_is_named_at_once(
    key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    now = clock()
    ours = key_maker.make(now, now, 900)
    strange = Ed25519Keys(bytes(32)).make(now, now + timedelta(seconds=300), 900)
    signer = Ed25519Signer(key_maker, clock)
    signer.adopt([ours])
    with pytest.raises(SettingsInvalid, match="SIGNING_KEY_ENCRYPTION_KEY"):
        signer.adopt([ours, strange])
    assert kid_of(signer) == ours.kid
