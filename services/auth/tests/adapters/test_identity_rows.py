"""What is kept of other issuers' users: in memory and in Postgres alike."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.domain.accounts import User
from ab_auth.domain.identities import Comparison, Departure, Outsider
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.meet_users import MeetUsers
from ab_auth.usecases.welcome_outsider import welcome
from ab_shared.contracts import rpc
from ab_shared.contracts.identity_events import MeetUser as Met
from ab_shared.contracts.identity_events import MeetUsers as MetMany
from ab_shared.contracts.identity_events import MetUser
from ab_shared.database.transaction import Transactions
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text

ISSUER = "https://clerk.example.org"
ADA = Outsider(ISSUER, "user_ada", "user_ada")


def now() -> datetime:
    return datetime.now(UTC)


class IdentityContract:
    """What every store keeps of them."""

    async def test_an_event_is_taken_once(self, store: Any) -> None:
        async with store.begin() as unit:
            assert not await unit.event_taken("msg_1")
            assert await unit.first_event("msg_1")
        async with store.begin() as unit:
            assert not await unit.first_event("msg_1")
            assert await unit.event_taken("msg_1")
            assert not await unit.event_taken("msg_2")

    async def test_older_changes_are_no_news(self, store: Any) -> None:
        at = now()
        async with store.begin() as unit:
            assert not await unit.note_change(ADA, at)
            await welcome(unit, ADA, at)
            assert await unit.note_change(ADA, at)
            assert not await unit.note_change(ADA, at)
            assert not await unit.note_change(ADA, at - timedelta(seconds=1))
            assert await unit.note_change(ADA, at + timedelta(seconds=1))

    async def test_the_graver_departure_stays(self, store: Any) -> None:
        at = now()
        async with store.begin() as unit:
            assert await unit.departure(ADA) is None
            await unit.keep_departure(ADA, Departure(at, gone=True))
            await unit.keep_departure(ADA, Departure(at - timedelta(days=1), gone=False))
        async with store.begin() as unit:
            assert await unit.departure(ADA) == Departure(at, gone=True)
            await unit.forget_departure(ADA)
            assert await unit.departure(ADA) is None

    async def test_who_is_missing_on_a_list(self, store: Any) -> None:
        names = ("user_ada", "user_bob", "user_eve")
        async with store.begin() as unit:
            for name in names:
                await welcome(unit, Outsider(ISSUER, name, name), now())
        started = now() + timedelta(seconds=5)
        async with store.begin() as unit:
            known = await unit.mark_listed(ISSUER, ("user_ada", "user_new"), started)
            assert known == {"user_ada"}
            assert await unit.count_missing(ISSUER, started) == (2, 3)
            missing = await unit.missing(ISSUER, started, 10)
            assert [who.user_id for who in missing] == ["user_bob", "user_eve"]
            assert len(await unit.missing(ISSUER, started, 1)) == 1
            assert await unit.count_missing("https://other.example.org", started) == (0, 0)
            # Made after the comparison began: not looked for.
            early = started - timedelta(days=1)
            assert await unit.count_missing(ISSUER, early) == (0, 0)
            assert await unit.outsider("user_bob") == Outsider(ISSUER, "user_bob", "user_bob")
            assert await unit.outsider("nobody") is None

    async def test_a_comparison_is_kept_whole(self, store: Any) -> None:
        at = now()
        async with store.begin() as unit:
            assert await unit.hold_comparison(ISSUER) == Comparison(ISSUER)
            begun = Comparison(ISSUER).asked_for(at, 7).begun(at).held("one", at)
            await unit.keep_comparison(begun)
        async with store.begin() as unit:
            assert await unit.hold_comparison(ISSUER) == begun

    async def test_of_several_who_came_at_once_the_new_ones_are_made(self, store: Any) -> None:
        async with store.begin() as unit:
            await welcome(unit, ADA, now())
            assert await unit.known_of(ADA.issuer, {ADA.subject, "user_x"}) == {ADA.subject}
            # The same subject of another issuer is somebody else.
            assert await unit.known_of("https://other.example.org", {ADA.subject}) == set()
        came = [MetUser(issuer=ADA.issuer, subject=s, user_id=s, issued_at=now()) for s in "xyx"]
        ada = MetUser(**asdict(ADA), issued_at=now())
        many = MeetUsers(store, MeetUser(store, now))
        for _ in range(2):
            await many(MetMany(users=(ada, *came)))
        assert await store.sent() == ["auth.user_registered.v1"] * 3

    async def test_webhook_token_and_question_that_cross_make_one_user(self, store: Any) -> None:
        meet, profile = MeetUser(store, now), GetProfile(store, None, now)
        met = Met(issuer=ISSUER, subject="user_x", user_id="user_x", issued_at=now())
        asked = rpc.GetProfile(user_id="user_x", issuer=ISSUER)

        async def heard() -> None:
            async with store.begin() as unit:
                await welcome(unit, Outsider(ISSUER, "user_x", "user_x"), now())

        await asyncio.gather(*(do for _ in range(5) for do in (meet(met), profile(asked), heard())))
        assert await store.sent() == ["auth.user_registered.v1"]


class TestMemory(IdentityContract):
    @pytest.fixture
    def store(self, memory_store: Any) -> Any:
        return memory_store


class Looked(PostgresStore):
    """The store with a look at its outbox."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def sent(self) -> list[str]:
        async with self.transactions.begin() as transaction:
            query = "SELECT envelope::jsonb ->> 'type' AS type FROM outbox ORDER BY id"
            rows = await transaction.connection.execute(text(query))
            return [f"{row.type}.v1" for row in rows]


@pytest.mark.real
class TestPostgres(IdentityContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("auth")
        return Looked(Transactions(made.engine, producer="auth", relay=None))

    async def test_of_two_who_hold_one_comparison_one_waits(self, store: PostgresStore) -> None:
        order: list[str] = []

        async def take(name: str) -> None:
            async with store.begin() as unit:
                found = await unit.hold_comparison(ISSUER)
                if found.free_for(name, now()):
                    order.append(name)
                    await unit.keep_comparison(found.held(name, now() + timedelta(minutes=5)))

        await asyncio.gather(*(take(str(number)) for number in range(6)))
        assert len(order) == 1

    async def test_a_user_who_goes_leaves_only_a_departure(self, store: PostgresStore) -> None:
        async with store.begin() as unit:
            await unit.add_user(User(ADA.user_id, now()))
            await unit.add_identity(ADA.issuer, ADA.subject, ADA.user_id)
            await unit.keep_departure(ADA, Departure(now(), gone=True))
        assert isinstance(store, Looked)
        async with store.transactions.begin() as transaction:
            await transaction.connection.execute(text("DELETE FROM users"))
        async with store.begin() as unit:
            assert await unit.outsider(ADA.user_id) is None
            assert await unit.departure(ADA) is not None
