"""Secrets of a key over any sequence of rotations, time and revocation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ab_auth.domain.api_keys import ApiKey, Secret, digest_of, fresh_secret, use_is_old
from ab_shared.errors import Conflict
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def key(*secrets: Secret) -> ApiKey:
    return ApiKey("0" * 16, "load", "machine_1", ("me:read",), "jo", NOW, secrets)


def test_a_secret_is_long_and_never_the_same() -> None:
    made = {fresh_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(secret) for secret in made} == {43}


def test_two_live_for_the_overlap_and_then_one() -> None:
    before = key(Secret(1, b"1", NOW, NOW + 90 * DAY))
    after = before.rotated(b"2", NOW + DAY, 90 * DAY, timedelta(hours=24))
    assert [s.expires_at for s in after.secrets] == [NOW + 2 * DAY, NOW + 91 * DAY]
    later = NOW + 2 * DAY
    assert after.opened_by(b"1", later - timedelta(microseconds=1)) is after.secrets[0]
    assert after.opened_by(b"1", later) is None
    assert after.opened_by(b"2", later) is after.secrets[1]


def test_a_leaked_secret_ends_at_once() -> None:
    after = key(Secret(1, b"1", NOW, NOW + DAY)).rotated(b"2", NOW, DAY, timedelta(0))
    assert [s.number for s in after.secrets] == [2]


def test_a_revoked_key_opens_nothing_and_is_not_rotated() -> None:
    ended = key(Secret(1, b"1", NOW, NOW + DAY)).revoked(NOW)
    assert ended.opened_by(b"1", NOW) is None
    assert ended.revoked(NOW + DAY) is ended
    with pytest.raises(Conflict):
        ended.rotated(b"2", NOW, DAY, DAY)


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100), st.integers(0, 30)), max_size=20)
)
def test_never_more_than_two_live_none_longer_than_it_may_and_the_newest_opens(
    steps: list[tuple[int, int, int]],
) -> None:
    now, held = NOW, key(Secret(1, b"0", NOW, NOW + DAY))
    ends = {1: NOW + DAY}
    for number, (wait, life, overlap) in enumerate(steps, start=1):
        now += timedelta(hours=wait)
        held = held.rotated(str(number).encode(), now, life * DAY, timedelta(hours=overlap))
        ends[held.secrets[-1].number] = now + life * DAY
        assert sum(secret.live(now) for secret in held.secrets) <= 2
        assert all(secret.expires_at <= ends[secret.number] for secret in held.secrets)
        assert held.opened_by(str(number).encode(), now) is held.secrets[-1]
        assert len({secret.number for secret in held.secrets}) == len(held.secrets)


def test_uses_are_written_down_now_and_then() -> None:
    secret = Secret(1, digest_of("x"), NOW, NOW + DAY, last_used_at=NOW)
    assert not use_is_old(secret, NOW + timedelta(minutes=4))
    assert use_is_old(secret, NOW + timedelta(minutes=5))
