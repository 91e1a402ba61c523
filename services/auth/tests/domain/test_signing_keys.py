"""Which key signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_auth.domain.signing_keys import SigningKey, signing_key
from ab_shared.contracts.events import PublicKey

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def made(kid: str, days: int) -> SigningKey:
    return SigningKey(PublicKey(kid=kid, jwk={}), b"", NOW + timedelta(days=days))


def test_the_newest_signs() -> None:
    assert signing_key([]) is None
    newest = made("b", 2)
    assert signing_key([made("a", 1), newest, made("c", 0)]) is newest
