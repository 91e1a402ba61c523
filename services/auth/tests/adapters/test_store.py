"""The store's promises, kept by the one in memory and the one in Postgres alike."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.adapters.tables import METADATA
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.families import Family
from ab_auth.usecases.get_profile import GetProfile
from ab_shared.contracts import rpc
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict, Unauthorized
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from auth_memory.keys import Instance
from pydantic import SecretStr
from sqlalchemy import Connection, text

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
LIFE = timedelta(days=30)
ADA = User("user_ada", NOW, "Europe/Berlin")
FAMILY = Family.begun("sess_1", ADA.id, NOW, LIFE)


class PostgresStoreUnderTest(PostgresStore):
    """The store with a look at its outbox."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def sent(self) -> list[str]:
        async with self.transactions.begin() as transaction:
            rows = await transaction.connection.execute(
                text("SELECT envelope FROM outbox ORDER BY id")
            )
            envelopes = [json.loads(row.envelope) for row in rows]
        return [f"{envelope['type']}.v{envelope['version']}" for envelope in envelopes]


class StoreContract:
    """What every store does."""

    async def test_users_and_identities(self, store: Any) -> None:
        async with store.begin() as unit:
            assert await unit.add_user(ADA)
            assert not await unit.add_user(User(ADA.id, NOW))
            assert await unit.add_identity("clerk", "sub", ADA.id)
            assert not await unit.add_identity("clerk", "sub", ADA.id)
        async with store.begin() as unit:
            assert await unit.user(ADA.id) == ADA
            assert await unit.user("nobody") is None
            assert await unit.user_of("clerk", "sub") == ADA
            assert await unit.user_of("other", "sub") is None

    async def test_another_zone_is_a_change_and_the_same_is_none(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            assert await unit.change_zone(ADA.id, ADA.timezone) is None
            assert await unit.change_zone("nobody", "Asia/Tokyo") is None
            changed = await unit.change_zone(ADA.id, "Asia/Tokyo")
            assert (changed.timezone, changed.version) == ("Asia/Tokyo", 1)
        async with store.begin() as unit:
            assert await unit.user(ADA.id) == changed

    async def test_passwords(self, store: Any) -> None:
        stored = StoredPassword(ADA.id, "encoded")
        async with store.begin() as unit:
            await unit.add_user(ADA)
            await unit.add_user(User("user_bob", NOW))
            assert await unit.add_password("ada@example.org", stored)
            assert not await unit.add_password("ada@example.org", StoredPassword("user_bob", "x"))
            assert await unit.password_of("ada@example.org") == stored
            await unit.replace_password(StoredPassword(ADA.id, "anew"))
        async with store.begin() as unit:
            assert await unit.password_of("ada@example.org") == StoredPassword(ADA.id, "anew")
            assert await unit.password_of("bob@example.org") is None

    async def test_families_and_tokens(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            await unit.add_family(FAMILY, b"first")
        async with store.begin() as unit:
            assert await unit.family_of(b"first") == (FAMILY, 1)
            _, moved = FAMILY.present(1, NOW, LIFE)
            await unit.keep_family(moved)
            await unit.add_token(moved, b"second")
        async with store.begin() as unit:
            assert await unit.family_of(b"first") == (moved, 1)
            assert await unit.family_of(b"second") == (moved, 2)
            assert await unit.family_of(b"third") is None
            ended = moved.signed_out(NOW)
            await unit.keep_family(ended)
        async with store.begin() as unit:
            assert await unit.family_of(b"second") == (ended, 2)

    async def test_an_error_leaves_nothing(self, store: Any) -> None:
        async def fails() -> None:
            async with store.begin() as unit:
                await unit.add_user(ADA)
                raise Conflict("no")

        with pytest.raises(Conflict):
            await fails()
        async with store.begin() as unit:
            assert await unit.user(ADA.id) is None

    async def test_keys_survive_and_starting_together_makes_one(
        self, store: Any, key_maker: Ed25519Keys, clock: FakeClock
    ) -> None:
        instances = [Instance(store, clock, key_maker) for _ in range(6)]
        await asyncio.gather(*(one.ensure() for one in instances))
        async with store.begin() as unit:
            [kept] = await unit.signing_keys()
        tokens = [one.signer.sign({"sub": "u"}) for one in instances]
        assert {jwt.get_unverified_header(token)["kid"] for token in tokens} == {kept.kid}
        assert await store.sent() == ["auth.keys_rotated.v1"]
        assert key_maker.opened(kept).public_key() is not None

    async def test_one_address_registered_by_many_at_once_is_one_account(
        self, store: Any, new_desk: Any, passwords: Any, clock: FakeClock
    ) -> None:
        desk = new_desk(store, passwords, clock)
        request = rpc.Register(credentials=credentials())
        answers = await asyncio.gather(
            *(desk.register(request) for _ in range(10)), return_exceptions=True
        )
        assert sum(isinstance(answer, rpc.TokenPair) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 9
        assert await store.sent() == ["auth.user_registered.v1"]

    async def test_one_token_presented_by_many_at_once_ends_its_family(
        self, store: Any, new_desk: Any, passwords: Any, clock: FakeClock
    ) -> None:
        desk = new_desk(store, passwords, clock)
        first = await desk.register(rpc.Register(credentials=credentials()))
        request = rpc.Refresh(refresh=rpc.RefreshToken(token=first.refresh_token))
        answers = await asyncio.gather(
            *(desk.refresh(request) for _ in range(10)), return_exceptions=True
        )
        pairs = [answer for answer in answers if isinstance(answer, rpc.TokenPair)]
        assert len(pairs) == 1
        assert sum(isinstance(answer, Unauthorized) for answer in answers) == 9
        second = rpc.Refresh(refresh=rpc.RefreshToken(token=pairs[0].refresh_token))
        with pytest.raises(Unauthorized):
            await desk.refresh(second)

    async def test_a_stranger_seen_by_many_at_once_is_one_user(
        self, store: Any, clock: FakeClock
    ) -> None:
        profile = GetProfile(store, None, clock)
        request = rpc.GetProfile(user_id="user_2abc", issuer="https://clerk.example.org")
        answers = await asyncio.gather(*(profile(request) for _ in range(10)))
        assert len(set(answers)) == 1
        assert await store.sent() == ["auth.user_registered.v1"]


def credentials() -> rpc.Credentials:
    return rpc.Credentials(
        email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
    )


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self, memory_store: Any) -> Any:
        return memory_store


@pytest.mark.real
class TestPostgresStore(StoreContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStoreUnderTest:
        made = await database("auth")
        return PostgresStoreUnderTest(Transactions(made.engine, producer="auth", relay=None))

    async def test_migrations_make_the_tables_the_code_knows(self, database: NewDatabase) -> None:
        def differences(connection: Connection) -> list[Any]:
            return compare_metadata(MigrationContext.configure(connection), METADATA)

        # It knows every adapter, and so every table, whichever tests are run.
        import_module("ab_auth.bootstrap")
        fresh = await database("auth")
        async with fresh.engine.connect() as connection:
            assert await connection.run_sync(differences) == []

    async def test_a_user_who_goes_takes_everything_along(
        self, store: PostgresStoreUnderTest
    ) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            await unit.add_identity("clerk", "sub", ADA.id)
            await unit.add_password("ada@example.org", StoredPassword(ADA.id, "encoded"))
            await unit.add_family(FAMILY, b"first")
        async with store.transactions.begin() as transaction:
            await transaction.connection.execute(text("DELETE FROM users"))
        async with store.begin() as unit:
            assert await unit.user_of("clerk", "sub") is None
            assert await unit.password_of("ada@example.org") is None
            assert await unit.family_of(b"first") is None
