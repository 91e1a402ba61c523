"""What administrators do about users in auth: tokens end, the last of them stays."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from ab_auth.adapters.people_counts import PostgresCounts
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore
from ab_auth.domain.accounts import User
from ab_auth.domain.families import Family
from ab_auth.domain.roles import Standing
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.revoke_user_tokens import RevokeUserTokens
from ab_auth.usecases.tell_stats import TellStats
from ab_shared.contracts.admin import Role
from ab_shared.contracts.desk_stats import GetPeopleStats
from ab_shared.contracts.privacy import RequestErasure as Erase
from ab_shared.contracts.user_desk import RevokeUserTokens as Revoke
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict, NotFound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.real
HOUR = timedelta(hours=1)


@pytest.fixture
async def engine(database: NewDatabase) -> AsyncEngine:
    return (await database("auth")).engine


@pytest.fixture
async def store(engine: AsyncEngine, clock: FakeClock) -> PostgresPrivacyStore:
    store = PostgresPrivacyStore(Transactions(engine, producer="auth", relay=None))
    async with store.begin() as unit:
        for user, age in (("ada", 0), ("bob", 3), ("eve", 30)):
            await unit.add_user(User(user, clock() - timedelta(days=age)))
        at = clock()
        await unit.keep_standing(Standing("ada", Role.ADMIN, "jo", at, 1))
    return store


async def sent(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT envelope FROM outbox ORDER BY id"))
        return "\n".join(rows.scalars())


async def test_all_tokens_of_a_user_end_and_the_trail_says_why(
    store: PostgresPrivacyStore, engine: AsyncEngine, clock: FakeClock
) -> None:
    async with store.begin() as unit:
        for number in range(2):
            family = Family(f"f{number}", "bob", 1, clock(), clock() + 24 * HOUR)
            await unit.add_family(family, uuid4().bytes)
    revoke = RevokeUserTokens(store, HOUR, clock)
    deed = Revoke(user_id="bob", actor="ada", actor_kind="admin", reason="lost phone")
    assert (await revoke(deed)).sign_ins == 2
    assert (await revoke(deed)).sign_ins == 0
    said = await sent(engine)
    assert '"tokens.revoke"' in said
    assert "lost phone" in said
    assert "auth.tokens_revoked" in said
    assert "gateway.keep_revocation" in said
    with pytest.raises(NotFound):
        await revoke(deed.model_copy(update={"user_id": "nobody"}))


async def test_the_last_administrator_cannot_go(
    store: PostgresPrivacyStore, engine: AsyncEngine, clock: FakeClock
) -> None:
    erase = RequestErasure(store, b"k" * 32, 0, HOUR, clock)
    for wish in (
        Erase(user_id="ada"),
        Erase(user_id="ada", requested_by="operator", actor="bob", actor_kind="admin"),
    ):
        with pytest.raises(Conflict, match="last administrator"):
            await erase(wish)
    assert "auth.erasure_requested" not in await sent(engine)
    async with store.begin() as unit:
        await unit.keep_standing(Standing("bob", Role.ADMIN, "ada", clock(), 1))
    await erase(Erase(user_id="ada", requested_by="operator", actor="bob", actor_kind="admin"))
    assert '"actor_kind":"admin"' in await sent(engine)
    # Whoever is gone at their issuer is gone: nobody could sign in as them any more.
    await erase(Erase(user_id="bob", requested_by="clerk"))


async def test_people_are_counted(
    store: PostgresPrivacyStore, engine: AsyncEngine, clock: FakeClock
) -> None:
    counts = PostgresCounts(Transactions(engine, producer="auth", relay=None))
    stats = await TellStats(counts, clock)(GetPeopleStats())
    assert (stats.users, stats.new_today, stats.new_week) == (3, 1, 2)
    assert stats.roles == {"ADMIN": 1}
    await RequestErasure(store, b"k" * 32, 0, HOUR, clock)(Erase(user_id="eve"))
    after = await TellStats(counts, clock)(GetPeopleStats())
    assert (after.users, after.privacy_jobs_live) == (2, 1)
