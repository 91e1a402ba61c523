"""Addresses and passwords."""

from __future__ import annotations

import unicodedata

import pytest
from ab_auth.domain.accounts import accepted_password, normalised_email, normalised_password
from ab_shared.errors import ValidationFailed
from hypothesis import given
from hypothesis import strategies as st

EMAIL = "ada@example.org"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada@Example.ORG", EMAIL),
        ("  ada@example.org\n", EMAIL),
        ("re\u0301mi@example.org", "r\u00e9mi@example.org"),
        ("R\u00c9MI@example.org", "r\u00e9mi@example.org"),
    ],
)
def test_one_address_has_one_spelling(given: str, kept: str) -> None:
    assert normalised_email(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("", "ada", "ada@example", "@example.org", "a da@example.org", "a@b@c.org"),
        *("a\x00@b.org", "a\u202e@example.org", f"{'a' * 250}@example.org"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        normalised_email(given)
    assert refusal.value.details == {"field": "email"}
    assert refusal.value.message == "This is no e-mail address"


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_normalising_an_address_again_changes_nothing(local: str, domain: str) -> None:
    try:
        once = normalised_email(f"{local}@{domain}.org")
    except ValidationFailed:
        return
    assert normalised_email(once) == once


@pytest.mark.parametrize(
    "weak",
    [
        "short",
        "ninechars",
        "x" * 201,
        "aaaaaaaaaaaa",
        "1212121212121",
        "Password2026!",
        "1234567890",
        "qwertyuiop",
        "ada@example.org",
        "example.org",
        "P4ssw0rd!2026",
        "pa55 word 99",
        "I L0ve Y0u 123",
        "passpasspass",
        "qwertyqwerty",
        "poiuytrewq",
        "zyxwvutsrqpo",
        "0987654321098",
        "1q2w3e4r5t6y",
        "abcabcabcabcabc",
        "Example2026!!",
        "correct horse battery staple",
    ],
)
def test_weak_passwords_are_refused_without_repeating_them(weak: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        accepted_password(weak, EMAIL)
    assert refusal.value.details == {"field": "password"}
    assert weak not in refusal.value.message


@pytest.mark.parametrize(
    "good", ["correct horse battery", "Tr0ub4dor&3x", "ein sch\u00f6ner Tag", "adalovelace9"]
)
def test_good_passwords_are_taken(good: str) -> None:
    assert accepted_password(good, EMAIL) == good


@given(st.text(max_size=40))
def test_a_password_typed_composed_or_decomposed_is_one(password: str) -> None:
    other = unicodedata.normalize("NFD", password)
    assert normalised_password(other) == normalised_password(password)


def test_a_deployment_may_ask_for_more_characters() -> None:
    with pytest.raises(ValidationFailed, match="15 to 200"):
        accepted_password("Tr0ub4dor&3x", EMAIL, 15)
    assert accepted_password("Tr0ub4dor&3x and", EMAIL, 15)


@given(st.text(max_size=250))
def test_no_text_breaks_the_rules(password: str) -> None:
    try:
        accepted = accepted_password(password, EMAIL)
    except ValidationFailed:
        return
    assert accepted == normalised_password(password)
