"""Guessing at an account: from elsewhere, from home, many at once, and at one that is not there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts import rpc
from ab_shared.errors import Overloaded, RateLimited, Unauthorized
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr

PASSWORD = "correct horse battery"
ADA, NOBODY = "ada@example.org", "nobody@example.org"
HOME, AWAY = "192.0.2.0/24", "198.51.100.0/24"


class People:
    """Ada with her account, and whoever guesses at it."""

    def __init__(self, desk: BuiltinIssuer) -> None:
        self.desk = desk

    async def register(self) -> None:
        await self.desk.register(rpc.Register(credentials=self.credentials(ADA, PASSWORD)))

    def credentials(self, email: str, password: str) -> rpc.Credentials:
        return rpc.Credentials(email=SecretStr(email), password=SecretStr(password))

    async def tries(self, email: str, password: str, place: str | None = AWAY) -> object:
        request = rpc.Login(credentials=self.credentials(email, password), place=place)
        try:
            return await self.desk.log_in(request)
        except (Unauthorized, RateLimited) as refusal:
            return refusal

    async def guesses(self, email: str, count: int, place: str | None = AWAY) -> list[object]:
        return [await self.tries(email, f"wrong horse {n}", place) for n in range(count)]


@pytest.fixture
async def people(desk: BuiltinIssuer) -> People:
    made = People(desk)
    await made.register()
    return made


def waits(found: object) -> int:
    assert isinstance(found, RateLimited), found
    seconds = found.details["retry_after"]
    assert isinstance(seconds, int)
    return seconds


@pytest.mark.parametrize("email", [ADA, NOBODY])
async def test_a_known_and_an_unknown_address_wait_alike(
    people: People, passwords: Any, email: str
) -> None:
    found = await people.guesses(email, 7)
    assert [type(one) for one in found] == [Unauthorized] * 5 + [RateLimited] * 2
    assert waits(found[-1]) == 5
    assert "address" not in found[-1].message
    # What has to wait is not looked at, and so costs nothing.
    assert len(passwords.compared) == 5


async def test_the_right_password_waits_too_and_then_forgets(
    people: People, clock: FakeClock
) -> None:
    await people.guesses(ADA, 5)
    assert waits(await people.tries(ADA, PASSWORD)) == 5
    clock.advance(5)
    assert isinstance(await people.tries(ADA, PASSWORD), rpc.TokenPair)
    assert isinstance((await people.guesses(ADA, 5))[-1], Unauthorized)


async def test_waits_grow(people: People, clock: FakeClock) -> None:
    await people.guesses(ADA, 5)
    for seconds in (5, 10, 20, 40):
        assert waits(await people.tries(ADA, "wrong")) == seconds
        clock.advance(seconds)
        assert isinstance(await people.tries(ADA, "wrong"), Unauthorized)


async def test_whoever_guesses_from_elsewhere_does_not_shut_the_owner_out_at_home(
    people: People, clock: FakeClock
) -> None:
    assert isinstance(await people.tries(ADA, PASSWORD, HOME), rpc.TokenPair)
    for _ in range(30):
        found = await people.tries(ADA, "wrong")
        clock.advance(waits(found) if isinstance(found, RateLimited) else 0)
    await people.tries(ADA, "wrong")
    assert isinstance(await people.tries(ADA, PASSWORD, AWAY), RateLimited)
    assert isinstance(await people.tries(ADA, PASSWORD, HOME), rpc.TokenPair)
    # And that did not let the guesser on: those at home have a book of their own.
    assert isinstance(await people.tries(ADA, "wrong", AWAY), RateLimited)


async def test_guessing_at_home_waits_as_well_and_only_there(people: People) -> None:
    await people.tries(ADA, PASSWORD, HOME)
    assert isinstance((await people.guesses(ADA, 6, HOME))[-1], RateLimited)
    assert isinstance(await people.tries(ADA, PASSWORD, AWAY), rpc.TokenPair)


async def test_many_places_are_one_guesser(people: People) -> None:
    found = [await people.tries(ADA, "wrong", f"198.51.{n}.0/24") for n in range(8)]
    assert [type(one) for one in found[4:]] == [Unauthorized] + [RateLimited] * 3


async def test_tries_at_once_count_one_by_one(people: People, passwords: Any) -> None:
    found = await asyncio.gather(*(people.tries(ADA, f"wrong {n}") for n in range(20)))
    assert sum(isinstance(one, Unauthorized) for one in found) == 5
    assert len(passwords.compared) == 5


async def test_a_crowd_is_nobodys_wrong_password(
    people: People, passwords: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(_encoded: str | None, _password: str) -> bool:
        raise Overloaded("Too many people sign in at this moment")

    with monkeypatch.context() as patched:
        patched.setattr(passwords, "verify", busy)
        for _ in range(10):
            with pytest.raises(Overloaded):
                await people.tries(ADA, PASSWORD)
    assert isinstance(await people.tries(ADA, PASSWORD), rpc.TokenPair)


async def test_neither_addresses_nor_places_are_kept(people: People, memory_store: Any) -> None:
    await people.tries(ADA, PASSWORD, HOME)
    kept = repr(memory_store.rows.tries)
    assert "ada@" not in kept
    assert "192.0.2" not in kept
