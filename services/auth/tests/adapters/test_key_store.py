"""Keys, tries and sign-ins that end, kept by the store in memory and the one in Postgres alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.domain.accounts import User
from ab_auth.domain.api_keys import ApiKey, Secret
from ab_auth.domain.families import Family
from ab_auth.domain.lockout import KNOWN_FOR, Tries
from ab_shared.contracts import api_keys, rpc, signing_keys
from ab_shared.database.transaction import Transactions
from ab_shared.errors import Conflict, RateLimited, Unauthorized
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from auth_memory.keys import ROTATION, Instance, desk_of, machines_of
from pydantic import SecretStr
from sqlalchemy import text

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
LIFE = timedelta(days=30)
ADA = User("user_ada", NOW)
ASKED = signing_keys.RotateSigningKey(actor="jo", actor_kind="operator")
CREDENTIALS = rpc.Credentials(
    email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
)


def key(name: str = "load", number: int = 1, **changes: Any) -> ApiKey:
    secrets = (Secret(1, b"one", NOW, NOW + DAY), Secret(2, b"two", NOW, NOW + 2 * DAY))
    facts = {"made_by": "jo", "made_at": NOW + number * timedelta(seconds=1), "secrets": secrets}
    scopes = ("me:read", "sessions:read")
    return ApiKey(f"{number:016x}", name, ADA.id, scopes, **{**facts, **changes})


def kid_of(instance: Instance) -> str:
    return str(jwt.get_unverified_header(instance.signer.sign({"sub": "u"}))["kid"])


class KeyStoreContract:
    """What every store does."""

    async def test_signing_keys_are_kept_resealed_and_dropped(
        self, store: Any, key_maker: Ed25519Keys
    ) -> None:
        first = key_maker.make(NOW, NOW, 900)
        second = key_maker.make(NOW, NOW - DAY, 900)
        async with store.begin() as unit:
            await unit.keep_signing_key(first)
            await unit.keep_signing_key(second)
        async with store.begin() as unit:
            assert await unit.signing_keys() == [second, first]
            longer = key_maker.resealed(first)
            await unit.keep_signing_key(longer)
            await unit.drop_signing_key(second.kid)
        async with store.begin() as unit:
            assert await unit.signing_keys() == [longer]

    async def test_many_instances_rotate_at_once_while_people_sign_in(
        self, store: Any, passwords: Any, key_maker: Ed25519Keys, clock: FakeClock
    ) -> None:
        instances = [Instance(store, clock, key_maker) for _ in range(4)]
        await asyncio.gather(*(one.ensure() for one in instances))
        first = kid_of(instances[0])
        async with store.begin() as unit:
            desk = desk_of(store, passwords, clock, key_maker, await unit.signing_keys())
        logins = [desk.register(rpc.Register(credentials=CREDENTIALS))]
        rotating = [one.rotate(ASKED) for one in instances]
        answers = await asyncio.gather(*rotating, *logins, return_exceptions=True)
        assert sum(isinstance(answer, signing_keys.SigningKeyStates) for answer in answers) == 1
        assert sum(isinstance(answer, Conflict) for answer in answers) == 3
        assert isinstance(answers[-1], rpc.TokenPair)
        await asyncio.gather(*(one.ensure() for one in instances))
        assert {kid_of(one) for one in instances} == {first}
        clock.advance(ROTATION.lead.total_seconds())
        [second] = {kid_of(one) for one in instances}
        assert second != first

    async def test_tries_are_kept_and_old_ones_go(self, store: Any) -> None:
        tries = Tries(3, NOW + DAY, NOW, NOW)
        async with store.begin() as unit:
            assert await unit.tries(b"ada", b"") == Tries()
            await unit.open_tries(b"ada", b"", NOW)
            await unit.open_tries(b"ada", b"", NOW)
            await unit.keep_tries(b"ada", b"", tries)
            await unit.keep_tries(b"ada", b"home", Tries().right(NOW))
            await unit.keep_tries(b"bob", b"", Tries(1, None, None, NOW + DAY))
        async with store.begin() as unit:
            assert await unit.tries(b"ada", b"") == tries
            assert await unit.drop_old_tries(NOW + timedelta(seconds=1), NOW + DAY, 10) == 1
            # A known place stays, and so does what was touched since.
            assert (await unit.tries(b"ada", b"home")).known(NOW + DAY)
            assert await unit.tries(b"ada", b"") == Tries()
            late = NOW + KNOWN_FOR + DAY
            assert await unit.drop_old_tries(late, late, 10) == 2

    async def test_known_places_are_bounded(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.keep_tries(b"ada", b"", Tries(touched_at=NOW))
            for number in range(5):
                at = NOW + number * DAY
                await unit.keep_tries(b"ada", str(number).encode(), Tries().right(at))
            await unit.drop_old_places(b"ada", 2)
        async with store.begin() as unit:
            kept = [await unit.tries(b"ada", str(number).encode()) for number in range(5)]
            assert [tries.succeeded_at is not None for tries in kept] == [False] * 3 + [True] * 2
            assert (await unit.tries(b"ada", b"")).touched_at == NOW

    async def test_guesses_at_once_are_counted_one_by_one(
        self, store: Any, new_desk: Any, passwords: Any, clock: FakeClock
    ) -> None:
        desk = new_desk(store, passwords, clock)
        wrong = rpc.Credentials(email=CREDENTIALS.email, password=SecretStr("wrong horse"))
        request = rpc.Login(credentials=wrong, place="192.0.2.0/24")
        answers = await asyncio.gather(
            *(desk.log_in(request) for _ in range(12)), return_exceptions=True
        )
        assert sum(isinstance(answer, Unauthorized) for answer in answers) == 5
        assert sum(isinstance(answer, RateLimited) for answer in answers) == 7

    async def test_live_families_of_one_user(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            await unit.add_user(User("user_bob", NOW))
            live = Family.begun("sess_2", ADA.id, NOW, LIFE)
            await unit.add_family(live, b"live")
            await unit.add_family(Family.begun("sess_1", ADA.id, NOW, LIFE), b"ended")
            await unit.keep_family(Family.begun("sess_1", ADA.id, NOW, LIFE).signed_out(NOW))
            await unit.add_family(Family.begun("sess_0", ADA.id, NOW - 2 * LIFE, LIFE), b"old")
            await unit.add_family(Family.begun("sess_3", "user_bob", NOW, LIFE), b"bob")
        async with store.begin() as unit:
            assert await unit.live_families(ADA.id, NOW) == [live]
            assert await unit.family_of(b"live", hold=False) == (live, 1)

    async def test_dead_families_go_in_bounded_batches(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            dead, live = (Family.begun(f"sess_{n}", ADA.id, NOW, LIFE) for n in range(2))
            for family in (dead, live):
                await unit.add_family(family, f"{family.id} 1".encode())
                moved = family
                for number in range(2, 6):
                    _, moved = moved.present(moved.generation, NOW, LIFE)
                    await unit.add_token(moved, f"{family.id} {number}".encode())
                await unit.keep_family(moved.signed_out(NOW) if family is dead else moved)
        after, gone = NOW + DAY, []
        for _ in range(4):
            async with store.begin() as unit:
                gone.append(await unit.drop_dead_families(after, 3))
        assert gone == [3, 3, 0, 0]
        async with store.begin() as unit:
            assert await unit.family_of(b"sess_0 5") is None
            assert (await unit.family_of(b"sess_1 1"))[1] == 1

    async def test_keys_of_machines(self, store: Any) -> None:
        first, second = key(), key("other", 2)
        async with store.begin() as unit:
            await unit.add_user(ADA)
            assert await unit.add_api_key(first)
            assert not await unit.add_api_key(key("load", 3))
            assert await unit.add_api_key(second)
        async with store.begin() as unit:
            assert await unit.api_key(first.id) == first
            assert await unit.api_key(first.id, hold=True) == first
            assert await unit.api_key("none") is None
            await unit.note_use(first.id, 2, NOW)
            used = await unit.api_key(first.id)
            assert [secret.last_used_at for secret in used.secrets] == [None, NOW]
            assert await unit.api_keys(NOW, 10, ended=False) == [second, used]
            await unit.keep_api_key(used.rotated(b"three", NOW, DAY, timedelta(0)).revoked(NOW))
        async with store.begin() as unit:
            ended = await unit.api_key(first.id)
            assert [secret.number for secret in ended.secrets] == [3]
            assert await unit.api_keys(NOW, 10, ended=False) == [second]
            assert await unit.api_keys(NOW + 3 * DAY, 10, ended=False) == []
            assert await unit.api_keys(NOW, 1, ended=True) == [second]
            # Its name is free again.
            assert await unit.add_api_key(key("load", 3))

    async def test_rotations_of_one_key_wait_for_each_other(
        self, store: Any, clock: FakeClock
    ) -> None:
        desk = machines_of(store, clock)
        wanted = {"name": "load", "scopes": ("me:read",), "life_seconds": 3600}
        who: dict[str, Any] = {"actor": "jo", "actor_kind": "operator"}
        made = await desk.make(api_keys.MakeApiKey.model_validate({**wanted, **who}))
        rotate = api_keys.RotateApiKey(
            key_id=made.key.key_id, life_seconds=3600, overlap_seconds=60, **who
        )
        rotated = await asyncio.gather(*(desk.rotate(rotate) for _ in range(5)))
        assert sorted(one.key.secrets[-1].number for one in rotated) == [2, 3, 4, 5, 6]
        [kept] = (await desk.everything(api_keys.ListApiKeys())).keys
        assert [secret.number for secret in kept.secrets] == [5, 6]


class TestMemoryKeyStore(KeyStoreContract):
    @pytest.fixture
    def store(self, memory_store: Any) -> Any:
        return memory_store


@pytest.mark.real
class TestPostgresKeyStore(KeyStoreContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStore:
        made = await database("auth")
        return PostgresStore(Transactions(made.engine, producer="auth", relay=None))

    async def test_known_places_go_with_their_user(self, store: Any) -> None:
        async with store.begin() as unit:
            await unit.add_user(ADA)
            await unit.keep_tries(b"ada", b"home", Tries().right(NOW, ADA.id))
            await unit.keep_tries(b"bob", b"", Tries(1, touched_at=NOW))
        async with store.begin() as unit:
            assert (await unit.tries(b"ada", b"home")).user_id == ADA.id
            await unit._connection.execute(text("DELETE FROM users"))
        async with store.begin() as unit:
            assert await unit.tries(b"ada", b"home") == Tries()
            assert (await unit.tries(b"bob", b"")).failures == 1

    async def test_two_phones_end_each_other_without_a_deadlock(
        self, store: Any, new_desk: Any, passwords: Any, clock: FakeClock
    ) -> None:
        desk = new_desk(store, passwords, clock)
        phones = [await desk.register(rpc.Register(credentials=CREDENTIALS))]
        phones += [await desk.log_in(rpc.Login(credentials=CREDENTIALS)) for _ in range(5)]
        ends = [
            rpc.Logout(refresh=rpc.RefreshToken(token=one.refresh_token), everywhere=True)
            for one in phones
        ]
        await asyncio.gather(*(desk.log_out(request) for request in ends))
        for one in phones:
            with pytest.raises(Unauthorized):
                await desk.refresh(rpc.Refresh(refresh=rpc.RefreshToken(token=one.refresh_token)))
