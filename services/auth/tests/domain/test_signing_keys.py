"""Which key signs, which verify, and when the next one is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ab_auth.domain.signing_keys import (
    MARGIN,
    Rotation,
    SigningKey,
    due,
    leaves_at,
    next_turn,
    pending,
    signing_key,
    states,
    verifying,
)
from ab_shared.contracts.events import PublicKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

NOW = datetime(2026, 1, 5, tzinfo=UTC)
ROTATION = Rotation(lead=timedelta(minutes=5), max_age=timedelta(days=90))


def made(kid: str, days: float, token_seconds: int = 900) -> SigningKey:
    turn = NOW + timedelta(days=days)
    return SigningKey(PublicKey(kid=kid, jwk={}), b"", turn, turn, token_seconds)


def test_the_last_whose_turn_has_come_signs() -> None:
    assert signing_key([], NOW) is None
    keys = [made("a", -2), made("b", 1), made("c", -1)]
    assert signing_key(keys, NOW) is keys[2]
    assert signing_key([made("b", 1), made("d", 2)], NOW) == made("b", 1)


def test_a_key_leaves_when_its_last_token_is_dead_and_not_before() -> None:
    old, new = made("a", -2), made("b", -1)
    end = new.signs_from + timedelta(seconds=900) + MARGIN
    assert leaves_at(old, [new, old]) == end
    assert leaves_at(new, [new, old]) is None
    assert verifying([new, old], end - timedelta(microseconds=1)) == [old, new]
    assert verifying([new, old], end) == [new]


def test_what_is_told_of_keys() -> None:
    told = states([made("a", -1), made("b", 0), made("c", 1)], NOW)
    assert [(key.kid, key.stage) for key in told] == [
        ("a", "verifying"),
        ("b", "signing"),
        ("c", "published"),
    ]
    just = states([made("a", -1), made("b", 0)], NOW + timedelta(seconds=1))
    assert [key.stage for key in just] == ["verifying", "signing"]


class KeysMachine(RuleBasedStateMachine):
    """Time passes, somebody rotates, an instance looks: no token outlives its key."""

    @initialize(seconds=st.sampled_from([30, 900, 86400]))
    def starts(self, seconds: int) -> None:
        self.now = NOW
        self.seconds = seconds
        self.keys: list[SigningKey] = []
        self.tokens: list[tuple[str, datetime]] = []
        self.published: dict[str, datetime] = {}
        self.count = 0
        self.looks()

    def _make(self) -> None:
        self.count += 1
        kid = f"k{self.count}"
        turn = next_turn(self.keys, self.now, ROTATION)
        key = SigningKey(PublicKey(kid=kid, jwk={}), b"", self.now, turn, self.seconds)
        self.keys.append(key)
        self.published[kid] = self.now

    @rule()
    def looks(self) -> None:
        self.keys = verifying(self.keys, self.now)
        if due(self.keys, self.now, ROTATION):
            self._make()

    @rule()
    def rotates(self) -> None:
        if not pending(self.keys, self.now):
            self.keys = verifying(self.keys, self.now)
            self._make()

    @rule()
    def signs(self) -> None:
        key = signing_key(self.keys, self.now)
        assert key is not None
        self.tokens.append((key.kid, self.now + timedelta(seconds=self.seconds)))
        # Gateways had the whole lead to learn it, but for the very first.
        first = key.kid == "k1"
        assert first or self.now - self.published[key.kid] >= ROTATION.lead

    @rule(seconds=st.sampled_from([1, 60, 299, 900, 86400, 45 * 86400, 100 * 86400]))
    def waits(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @invariant()
    def every_live_token_verifies(self) -> None:
        kept = {key.kid for key in verifying(self.keys, self.now)}
        assert all(kid in kept for kid, end in self.tokens if end > self.now)

    @invariant()
    def exactly_one_signs_and_at_most_one_waits(self) -> None:
        stages = [key.stage for key in states(self.keys, self.now)]
        assert stages.count("signing") == 1
        assert stages.count("published") <= 1
        assert stages == sorted(stages, key=["verifying", "signing", "published"].index)


KeysMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40)
TestKeysMachine = KeysMachine.TestCase
