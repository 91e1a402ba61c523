"""The life of a sign-in under any sequence of tokens, sign-outs and time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_auth.domain.families import Family, Reason, Verdict
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

LIFE = timedelta(days=30)
START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def begun() -> Family:
    return Family.begun("sess_1", "user_1", START, LIFE)


def test_the_first_token_works_and_the_second_time_ends_the_family() -> None:
    verdict, moved = begun().present(1, START, LIFE)
    assert (verdict, moved.generation) == (Verdict.ROTATED, 2)
    verdict, ended = moved.present(1, START, LIFE)
    assert (verdict, ended.revoked_for) == (Verdict.REUSED, Reason.REUSED)
    assert ended.present(2, START, LIFE) == (Verdict.REVOKED, ended)


def test_a_token_expires_to_the_microsecond() -> None:
    end = START + LIFE
    assert begun().present(1, end, LIFE) == (Verdict.EXPIRED, begun())
    verdict, moved = begun().present(1, end - timedelta(microseconds=1), LIFE)
    assert verdict is Verdict.ROTATED
    assert moved.expires_at == end - timedelta(microseconds=1) + LIFE


def test_a_used_token_ends_the_family_however_old_it_is() -> None:
    _, moved = begun().present(1, START, LIFE)
    verdict, _ = moved.present(1, START + 10 * LIFE, LIFE)
    assert verdict is Verdict.REUSED


class FamilyMachine(RuleBasedStateMachine):
    """The family beside a plain model: which one token is good, and until when."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.family = begun()
        self.good: int | None = 1
        self.good_until = START + LIFE
        self.newest = 1

    @rule(back=st.integers(0, 3))
    def presents(self, back: int) -> None:
        generation = max(1, self.newest - back)
        verdict, self.family = self.family.present(generation, self.now, LIFE)
        if self.good is None:
            assert verdict is Verdict.REVOKED
        elif generation != self.good:
            assert verdict is Verdict.REUSED
            self.good = None
        elif self.now >= self.good_until:
            assert verdict is Verdict.EXPIRED
        else:
            assert verdict is Verdict.ROTATED
            self.newest += 1
            self.good, self.good_until = self.newest, self.now + LIFE

    @rule()
    def signs_out(self) -> None:
        self.family = self.family.signed_out(self.now)
        self.good = None

    @rule(days=st.sampled_from([1, 29, 30]))
    def waits(self, days: int) -> None:
        self.now += timedelta(days=days)

    @precondition(lambda self: self.good is None)
    @invariant()
    def a_revoked_family_says_when_and_why_and_stays_so(self) -> None:
        assert self.family.revoked_at is not None
        assert self.family.revoked_for is not None
        assert self.family.signed_out(self.now) is self.family

    @invariant()
    def generations_only_grow(self) -> None:
        assert self.family.generation == self.newest


TestFamilyMachine = FamilyMachine.TestCase
