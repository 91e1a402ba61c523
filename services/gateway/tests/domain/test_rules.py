"""The gateway's pure rules."""

from __future__ import annotations

import string

import pytest
from ab_gateway.domain.addresses import client_address, networks
from ab_gateway.domain.identity import Issuer, identity_from
from ab_gateway.domain.paging import clamp_limit, clamp_offset
from ab_gateway.domain.request_keys import Keyed, parse_request_key
from ab_shared.errors import AbError, Unauthorized, ValidationFailed
from hypothesis import given
from hypothesis import strategies as st

TRUSTED = networks(["10.0.0.0/8", "fd00::/8"])
CLERK = Issuer("https://clerk.test", "jwks", authorized_parties=("https://app.test",))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.1", None, "198.51.100.1"),
        ("198.51.100.1", "203.0.113.5", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, 10.0.0.9", "203.0.113.5"),
        ("10.0.0.1", "10.0.0.9", "10.0.0.9"),
        ("fd00::1", "2001:db8::5", "2001:db8::5"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        (None, "203.0.113.5", "unknown"),
    ],
)
def test_believes_trusted_proxies_from_the_right(
    peer: str | None, forwarded: str | None, expected: str
) -> None:
    assert client_address(peer, forwarded, TRUSTED) == expected


@given(st.integers(), st.integers())
def test_brings_every_page_into_range(limit: int, offset: int) -> None:
    assert 1 <= clamp_limit(limit) <= 100
    assert 0 <= clamp_offset(offset) <= 1_000_000
    if 1 <= limit <= 100:
        assert clamp_limit(limit) == limit


visible = "".join(set(string.printable) - set(string.whitespace) - set('"\\'))


@given(st.text(visible, min_size=1, max_size=255))
def test_takes_a_key_bare_or_quoted(key: str) -> None:
    assert parse_request_key(key) == parse_request_key(f' "{key}" ') == key


@given(st.text(max_size=300).filter(lambda text: set(text.strip()) - set(visible + '"')))
def test_refuses_what_is_no_key_by_its_header(header: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse_request_key(header)
    assert "Idempotency-Key" in refused.value.details


def test_a_fingerprint_cannot_be_tried_without_the_key() -> None:
    asked, other = Keyed("u", "r", "k1234567", b"body"), Keyed("u", "r", "other", b"body")
    assert asked.mark != other.mark
    assert asked.secret != other.secret
    assert asked.slot != Keyed("u2", "r", "k1234567", b"body").slot
    assert "k1234567" not in asked.slot


def test_takes_a_party_that_is_missing_or_listed() -> None:
    assert identity_from({"sub": "u"}, CLERK).user_id == "u"
    assert identity_from({"sub": "u", "azp": "https://app.test"}, CLERK).user_id == "u"
    with pytest.raises(Unauthorized):
        identity_from({"sub": "u", "azp": "https://evil.test"}, CLERK)


@pytest.mark.parametrize(
    ("actor", "acting"), [(None, None), ({"sub": "admin_1"}, "admin_1"), ("odd", "unknown")]
)
def test_remembers_who_impersonates(actor: object, acting: str | None) -> None:
    assert identity_from({"sub": "u", "act": actor}, CLERK).acting == acting


def test_no_message_of_its_own_reads_like_a_lost_network() -> None:
    assert "connection" not in str(AbError("x").message)
