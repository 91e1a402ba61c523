"""Who is believed at the door of the webhooks."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from ab_gateway.domain.webhooks import SharedSecrets, same_secret, signed_lately

KEY, BODY, NOW = "signing-key", b'{"event": {}}', 1_767_614_400


def signature(at: int = NOW, body: bytes = BODY, key: str = KEY) -> str:
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        (["Bearer s3cret"], True),
        (["Bearer s3cret "], False),
        (["bearer s3cret"], False),
        (["Bearer s3cre"], False),
        ([""], False),
        ([], False),
        (["Bearer s3cret", "Bearer s3cret"], False),
        (["Bearer s3crét"], False),
        (["漢字"], False),
    ],
)
def test_the_fixed_header(sent: list[str], *, believed: bool) -> None:
    assert same_secret(sent, "Bearer s3cret") is believed


def test_a_signature_over_these_bytes() -> None:
    assert signed_lately([f"t={NOW},v1={signature()}"], BODY, KEY, NOW)
    assert signed_lately([f"t={NOW}, v1={'0' * 64}, v1={signature()}"], BODY, KEY, NOW)
    assert signed_lately([f"v1={signature().upper()},t={NOW},v0=x"], BODY, KEY, NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    assert signed_lately([f"t={NOW},v1={signature()}"], BODY, KEY, NOW + seconds)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_is_stale_or_from_the_future_is_not_believed(seconds: int) -> None:
    assert not signed_lately([f"t={NOW},v1={signature()}"], BODY, KEY, NOW + seconds)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        f"t={NOW}",
        f"v1={signature()}",
        f"t={NOW},v1=",
        f"t={NOW},v1={signature()[:-1]}",
        f"t={NOW},v1={signature(key='other')}",
        f"t={NOW},v1={signature(body=b'{}')}",
        f"t={NOW + 1},v1={signature()}",
        f"t={NOW},t={NOW},v1={signature()}",
        f"t=-{NOW},v1={signature()}",
        f"t={'9' * 400},v1={signature()}",
        f"t={NOW}.0,v1={signature()}",
        f"t=٣,v1={signature()}",
        f"t={NOW},v1=é{signature()[1:]}",
        ",,,=,=",
    ],
)
def test_what_does_not_sign_these_bytes_is_not_believed(header: str) -> None:
    assert not signed_lately([header], BODY, KEY, NOW)


def test_two_signatures_are_none() -> None:
    good = f"t={NOW},v1={signature()}"
    assert not signed_lately([], BODY, KEY, NOW)
    assert not signed_lately([good, good], BODY, KEY, NOW)


def test_secrets_do_not_show() -> None:
    assert "s3cret" not in repr(SharedSecrets(("s3cret",), ("s3cret",)))
