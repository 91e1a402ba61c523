"""Ends of sign-ins: at home, everywhere, by theft, by an operator; and what is swept afterwards."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import jwt
import pytest
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_auth.usecases.sweep_sign_ins import SweepSignIns
from ab_shared.contracts import revoking, rpc
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.errors import Unauthorized
from ab_shared.testing.clock import FakeClock
from pydantic import SecretStr

DAY = 24 * 3600
CREDENTIALS = rpc.Credentials(
    email=SecretStr("ada@example.org"), password=SecretStr("correct horse battery")
)


class Phones:
    """Ada's phones, and what gateways hear of them."""

    def __init__(self, desk: BuiltinIssuer, store: Any) -> None:
        self.desk = desk
        self.store = store

    async def register(self) -> rpc.TokenPair:
        return await self.desk.register(rpc.Register(credentials=CREDENTIALS))

    async def log_in(self) -> rpc.TokenPair:
        return await self.desk.log_in(rpc.Login(credentials=CREDENTIALS))

    async def refresh(self, tokens: rpc.TokenPair) -> rpc.TokenPair:
        token = rpc.RefreshToken(token=tokens.refresh_token)
        return await self.desk.refresh(rpc.Refresh(refresh=token))

    async def log_out(self, tokens: rpc.TokenPair, *, everywhere: bool = False) -> None:
        token = rpc.RefreshToken(token=tokens.refresh_token)
        await self.desk.log_out(rpc.Logout(refresh=token, everywhere=everywhere))

    async def works(self, tokens: rpc.TokenPair) -> bool:
        try:
            await self.refresh(tokens)
        except Unauthorized:
            return False
        return True

    @property
    def told(self) -> list[revoking.TokensRevoked]:
        sent = self.store.transactions.sent
        told = [message for message in sent if isinstance(message, revoking.TokensRevoked)]
        # Each is told durably too, for when no gateway is up.
        assert told == [m.revoked for m in sent if isinstance(m, revoking.KeepRevocation)]
        return told


def sid(tokens: rpc.TokenPair) -> str:
    access = tokens.access_token.get_secret_value()
    return str(jwt.decode(access, options={"verify_signature": False})["sid"])


@pytest.fixture
def phones(desk: BuiltinIssuer, memory_store: Any) -> Phones:
    return Phones(desk, memory_store)


async def test_signing_out_ends_one_sign_in_and_says_so_once(
    phones: Phones, clock: FakeClock
) -> None:
    one, other = await phones.register(), await phones.log_in()
    await phones.log_out(one)
    await phones.log_out(one)
    [event] = phones.told
    assert (event.user_id, event.session_ids) == (one.user_id, (sid(one),))
    assert event.issued_until is None
    assert event.forget_at >= clock() + timedelta(seconds=one.expires_in)
    assert await phones.works(other)


async def test_everywhere_ends_all_and_a_new_sign_in_works(phones: Phones) -> None:
    one, two = await phones.register(), await phones.log_in()
    three = await phones.refresh(await phones.log_in())
    await phones.log_out(two, everywhere=True)
    told = {name for event in phones.told for name in event.session_ids}
    assert told == {sid(one), sid(two), sid(three)}
    assert not any([await phones.works(tokens) for tokens in (one, two, three)])
    after = await phones.log_in()
    assert sid(after) not in told
    assert await phones.works(after)


async def test_a_used_token_does_not_speak_for_every_phone(phones: Phones) -> None:
    one, other = await phones.register(), await phones.log_in()
    await phones.refresh(one)
    await phones.log_out(one, everywhere=True)
    assert [event.session_ids for event in phones.told] == [(sid(one),)]
    assert await phones.works(other)


async def test_a_token_that_comes_back_ends_access_as_well(phones: Phones) -> None:
    one = await phones.register()
    await phones.refresh(one)
    assert not await phones.works(one)
    assert [event.session_ids for event in phones.told] == [(sid(one),)]
    # Nothing is said twice: the family is dead already.
    assert not await phones.works(one)
    assert len(phones.told) == 1


async def test_sign_ins_without_a_live_token_need_no_telling(
    phones: Phones, clock: FakeClock
) -> None:
    one = await phones.register()
    clock.advance(3600)
    await phones.log_out(one)
    assert phones.told == []
    assert not await phones.works(one)


async def test_two_phones_may_end_each_other(phones: Phones) -> None:
    one, two = await phones.register(), await phones.log_in()
    await asyncio.gather(phones.log_out(one, everywhere=True), phones.log_out(two, everywhere=True))
    assert not any([await phones.works(tokens) for tokens in (one, two)])


async def test_an_operator_ends_them_and_is_audited(phones: Phones) -> None:
    one = await phones.register()
    await phones.log_in()
    request = revoking.EndSignIns(
        user_id=one.user_id, actor="jo", actor_kind="operator", reason="lost phone"
    )
    assert (await phones.desk.desk.end_sign_ins(request)).families == 2
    assert (await phones.desk.desk.end_sign_ins(request)).families == 0
    [entry] = [m for m in phones.store.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.action, entry.subject) == ("sign_in.end_all", f"user:{one.user_id}")


async def test_a_sign_in_lasts_a_year_however_often_it_is_renewed(
    phones: Phones, clock: FakeClock
) -> None:
    tokens = await phones.register()
    for _ in range(14):
        clock.advance(25 * DAY)
        tokens = await phones.refresh(tokens)
    clock.advance(16 * DAY)
    assert not await phones.works(tokens)


async def test_what_has_ended_is_swept_and_a_used_token_is_known_until_then(
    phones: Phones, clock: FakeClock, memory_store: Any
) -> None:
    live, ended = await phones.register(), await phones.log_in()
    await phones.log_out(ended)
    renewed = live
    for _ in range(12):
        clock.advance(20 * DAY)
        renewed = await phones.refresh(renewed)
    sweep = SweepSignIns(memory_store, clock)
    assert await sweep() >= 2
    assert list(memory_store.rows.families) == [sid(live)]
    assert len(memory_store.rows.tokens) == 13
    # The very first token, used eight months ago, is still recognised, and ends the family.
    assert not await phones.works(live)
    assert not await phones.works(renewed)
    clock.advance(8 * DAY)
    await sweep()
    assert memory_store.rows.families == {}
    assert memory_store.rows.tokens == {}


async def test_a_family_with_many_tokens_goes_batch_by_batch(
    phones: Phones, clock: FakeClock, memory_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ab_auth.usecases.sweep_sign_ins.BATCH", 3)
    tokens = await phones.register()
    for _ in range(10):
        tokens = await phones.refresh(tokens)
    await phones.log_out(tokens)
    clock.advance(8 * DAY)
    assert await SweepSignIns(memory_store, clock)() == 12
    assert memory_store.rows.families == {}
