"""What every encoding of passwords promises, and what only the slow one does."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

import pytest
from ab_auth.adapters import argon2id
from ab_auth.adapters.argon2id import Argon2Passwords
from ab_shared.errors import Overloaded

PASSWORD = "correct horse battery"


def argon2(**changes: int) -> Argon2Passwords:
    parameters = {"time_cost": 1, "memory_kib": 8192, "parallelism": 1, "at_once": 2}
    return Argon2Passwords(**(parameters | changes))


class PasswordsContract:
    async def test_the_right_password_and_no_other(self, hasher: Any) -> None:
        encoded = await hasher.encode(PASSWORD)
        assert await hasher.verify(encoded, PASSWORD)
        assert not await hasher.verify(encoded, PASSWORD + " ")
        assert not await hasher.verify(None, PASSWORD)

    async def test_the_same_password_is_encoded_differently_each_time(self, hasher: Any) -> None:
        first, second = await hasher.encode(PASSWORD), await hasher.encode(PASSWORD)
        assert first != second
        assert not hasher.outdated(first)


class TestCheapPasswords(PasswordsContract):
    @pytest.fixture
    def hasher(self, passwords: Any) -> Any:
        return passwords


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def hasher(self) -> Iterator[Argon2Passwords]:
        made = argon2()
        yield made
        made.close()

    async def test_an_encoding_names_its_algorithm_and_hides_the_password(
        self, hasher: Argon2Passwords
    ) -> None:
        encoded = await hasher.encode(PASSWORD)
        assert encoded.startswith("$argon2id$v=19$m=8192,t=1,p=1$")
        assert PASSWORD not in encoded

    async def test_other_parameters_make_it_outdated_and_still_verify(
        self, hasher: Argon2Passwords
    ) -> None:
        old = argon2(time_cost=2)
        encoded = await old.encode(PASSWORD)
        old.close()
        assert hasher.outdated(encoded)
        assert await hasher.verify(encoded, PASSWORD)

    async def test_what_is_no_encoding_is_wrong(self, hasher: Argon2Passwords) -> None:
        assert not await hasher.verify("plain", PASSWORD)

    async def test_a_crowd_is_refused_in_time(
        self, hasher: Argon2Passwords, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(argon2id, "MAX_WAITING", 3)
        encoded = await hasher.encode(PASSWORD)
        answers = await asyncio.gather(
            *(hasher.verify(encoded, PASSWORD) for _ in range(6)), return_exceptions=True
        )
        assert sum(answer is True for answer in answers) == 3
        assert sum(isinstance(answer, Overloaded) for answer in answers) == 3
        assert await hasher.verify(encoded, PASSWORD)

    async def test_an_unknown_account_costs_as_much_as_a_known_one(
        self, hasher: Argon2Passwords
    ) -> None:
        encoded = await hasher.encode(PASSWORD)

        async def cpu_seconds(known: str | None) -> float:
            start = time.process_time()
            await hasher.verify(known, "wrong horse battery")
            return time.process_time() - start

        known = statistics.median([await cpu_seconds(encoded) for _ in range(9)])
        unknown = statistics.median([await cpu_seconds(None) for _ in range(9)])
        assert 0.4 < unknown / known < 2.5
