from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from ab_shared.database.engine import check, driver_url, engine_for
from ab_shared.database.failures import connected
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable, TransientError
from ab_shared.testing.databases import DatabaseServer, ServiceDatabase
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@pytest.mark.parametrize(
    "url", ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"]
)
def test_any_usual_url_gets_our_driver(url: str) -> None:
    found = driver_url(url)
    assert (found.drivername, found.username, found.host) == ("postgresql+asyncpg", "u", "h")


async def test_nobody_at_the_address_is_a_dependency_that_is_away() -> None:
    engine = engine_for("postgresql://u:p@127.0.0.1:1/d", pool_size=1)
    with pytest.raises(DependencyUnavailable):
        await check(engine)
    await engine.dispose()


async def termination(connection: AsyncConnection) -> asyncio.Event:
    """Set when the driver has noticed that its server is gone."""
    noticed = asyncio.Event()
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    driver.add_termination_listener(lambda _: noticed.set())
    return noticed


@pytest.mark.real
class TestEngine:
    @pytest.fixture
    async def engine(self, notes: ServiceDatabase) -> AsyncIterator[AsyncEngine]:
        engine = engine_for(notes.url, pool_size=2)
        yield engine
        await engine.dispose()

    async def setting(self, engine: AsyncEngine, name: str) -> str:
        async with connected(engine) as connection:
            return str((await connection.execute(text(f"SHOW {name}"))).scalar_one())

    async def test_every_statement_has_its_bound(self, engine: AsyncEngine) -> None:
        assert await self.setting(engine, "statement_timeout") == "10s"
        assert (await self.setting(engine, "application_name")).startswith("test_")

    async def test_behind_a_pooler_nothing_outlives_a_transaction(
        self, notes: ServiceDatabase
    ) -> None:
        engine = engine_for(notes.url, pool_size=1, pooled=True)
        assert await self.setting(engine, "statement_timeout") == "0"
        transactions = Transactions(engine, producer="tts", relay=None)
        async with transactions.begin() as transaction:
            for number in range(5):
                await transaction.connection.execute(
                    text("INSERT INTO notes VALUES (:id, 'x')"), {"id": number}
                )
        async with connected(engine) as connection:
            names = text("SELECT name FROM pg_prepared_statements")
            kept = (await connection.execute(names)).scalars().all()
        assert len(kept) <= 1  # the one that asks
        await engine.dispose()

    async def test_a_wrong_password_is_no_stack_trace(self, notes: ServiceDatabase) -> None:
        url = make_url(notes.url).set(password="wrong").render_as_string(hide_password=False)
        engine = engine_for(url, pool_size=1)
        with pytest.raises(DependencyUnavailable) as caught:
            await check(engine)
        assert "wrong" not in str(caught.value)
        await engine.dispose()

    async def test_no_free_session_is_said_so(
        self, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine.sync_engine.pool, "_timeout", 0.05)
        async with connected(engine), connected(engine):
            with pytest.raises(DependencyUnavailable, match="in use"):
                await check(engine)
        await check(engine)

    async def test_a_slow_statement_is_cut_off(self, engine: AsyncEngine) -> None:
        async with connected(engine) as connection:
            await connection.execute(text("SET statement_timeout = 50"))
            with pytest.raises(DependencyUnavailable, match="in time"):
                await connection.execute(text("SELECT pg_sleep(5)"))

    async def test_a_deadlock_can_be_tried_again(self, engine: AsyncEngine) -> None:
        transactions = Transactions(engine, producer="tts", relay=None)
        async with transactions.begin() as transaction:
            await transaction.connection.execute(text("INSERT INTO notes VALUES (1,''), (2,'')"))
        met = asyncio.Barrier(2)

        async def cross(first: int, second: int) -> None:
            async with transactions.begin() as transaction:
                change = text("UPDATE notes SET words = 'x' WHERE id = :id")
                await transaction.connection.execute(change, {"id": first})
                await met.wait()
                await transaction.connection.execute(change, {"id": second})

        ends = await asyncio.gather(cross(1, 2), cross(2, 1), return_exceptions=True)
        (failure,) = [end for end in ends if end is not None]
        assert type(failure) is TransientError

    async def test_a_session_lost_inside_a_transaction_is_said_so(
        self, engine: AsyncEngine, notes: ServiceDatabase, database_server: DatabaseServer
    ) -> None:
        transactions = Transactions(engine, producer="tts", relay=None)

        async def interrupted() -> None:
            async with transactions.begin() as transaction:
                await transaction.connection.execute(text("SELECT 1"))
                await database_server.end_sessions(notes)
                await transaction.connection.execute(text("SELECT 1"))

        with pytest.raises(DependencyUnavailable):
            await interrupted()
        await check(engine)

    async def test_sessions_lost_while_idle_are_replaced_unseen(
        self, engine: AsyncEngine, notes: ServiceDatabase, database_server: DatabaseServer
    ) -> None:
        async with connected(engine) as one, connected(engine) as two:
            lost = [await termination(one), await termination(two)]
        await database_server.end_sessions(notes)
        await asyncio.gather(*(event.wait() for event in lost))
        await asyncio.gather(*(check(engine) for _ in range(10)))
