"""Two issuers never give two people one user id."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ab_gateway.domain.identity import Issuer, ambiguity_in
from ab_shared.errors import Unauthorized
from hypothesis import given
from hypothesis import strategies as st

BUILTIN = Issuer("https://api.example.com", "builtin")
CLERK = Issuer("https://clerk.example.com", "jwks")
OTHER = Issuer("https://other.example.com", "jwks", prefix="other:")


@pytest.mark.parametrize(
    ("issuers", "wrong"),
    [
        ((BUILTIN, CLERK, OTHER), None),
        ((CLERK,), None),
        ((replace(CLERK, prefix="a:"), replace(OTHER, prefix="ab:")), None),
        ((CLERK, CLERK), "twice"),
        ((CLERK, replace(OTHER, prefix="")), "one user id"),
        ((replace(CLERK, prefix="x:"), replace(OTHER, prefix="x:")), "one user id"),
        ((replace(BUILTIN, prefix="b:"),), "built-in"),
        ((replace(CLERK, prefix="no-colon"),), "one colon"),
        ((replace(CLERK, prefix="a:b:"),), "one colon"),
        ((replace(CLERK, prefix="ümlaut:"),), "one colon"),
    ],
)
def test_a_list_that_could_mix_people_up_is_named(
    issuers: tuple[Issuer, ...], wrong: str | None
) -> None:
    found = ambiguity_in(issuers)
    assert found is None if wrong is None else wrong in (found or "")


SUBJECTS = st.one_of(
    st.text(min_size=1, max_size=20),
    st.sampled_from(["user_" + "0a" * 16, "other:user_1", "user_1", "third:other:user_1", ":x"]),
)


@given(one=SUBJECTS, two=SUBJECTS)
def test_ids_of_an_unambiguous_list_never_meet(one: str, two: str) -> None:
    issuers = (CLERK, OTHER, replace(OTHER, issuer="https://third.example.com", prefix="third:"))
    assert ambiguity_in(issuers) is None
    ids: dict[str, str] = {}
    for issuer in issuers:
        for subject in (one, two):
            try:
                made = issuer.user_id_of(subject)
            except Unauthorized:
                continue
            assert ids.setdefault(made, issuer.issuer) == issuer.issuer


@pytest.mark.parametrize("subject", ["user_" + "0f" * 16, "other:user_1", "", "a\nb", "x" * 256])
def test_a_bare_subject_that_is_none_or_somebody_elses_is_refused(subject: str) -> None:
    with pytest.raises(Unauthorized):
        CLERK.user_id_of(subject)


def test_clerks_own_ids_stay_as_they_are() -> None:
    assert (
        CLERK.user_id_of("user_2abcDEF0123456789abcdefghij") == "user_2abcDEF0123456789abcdefghij"
    )
