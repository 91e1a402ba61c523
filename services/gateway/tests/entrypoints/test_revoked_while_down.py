"""What is revoked while no gateway is up stays revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ab_shared.contracts.revoking import KeepRevocation, TokensRevoked


async def test_a_token_that_ended_while_no_gateway_was_up_is_refused_afterwards(
    start: Any,
) -> None:
    now = datetime.now(UTC)
    over = TokensRevoked(user_id="user_1", issued_until=now, forget_at=now + timedelta(minutes=16))
    world = await start(meanwhile=(over, KeepRevocation(revoked=over)))
    await world.broker.settle()
    old = int(now.timestamp()) - 30
    asked = [("user_1", old), ("user_1", old + 31), ("user_2", old)]
    answers = [
        await world.client.get("/v1/me", headers=world.auth(user, iat=iat)) for user, iat in asked
    ]
    assert [answer.status_code for answer in answers] == [401, 200, 200]


async def test_one_process_keeps_it_for_all(start: Any) -> None:
    now = datetime.now(UTC)
    over = TokensRevoked(
        user_id="user_1", session_ids=("sess_1",), forget_at=now + timedelta(minutes=16)
    )
    first = await start(meanwhile=(KeepRevocation(revoked=over),))
    await first.broker.settle()
    second = await start()
    for sid, status in (("sess_1", 401), ("sess_2", 200)):
        answer = await second.client.get("/v1/me", headers=second.auth(sid=sid))
        assert answer.status_code == status
