"""The first start."""

from __future__ import annotations

import asyncio
from typing import Any

from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_auth.usecases.ensure_signing_key import EnsureSigningKey
from ab_shared.testing.clock import FakeClock


async def test_instances_that_start_together_make_one_key_and_say_so_once(
    memory_store: Any, key_maker: Ed25519Keys, clock: FakeClock
) -> None:
    ensure = EnsureSigningKey(memory_store, key_maker, "https://auth.test", clock)
    keys = await asyncio.gather(*(ensure() for _ in range(5)))
    assert len({key.kid for key in keys}) == 1
    assert len(memory_store.rows.keys) == 1
    [event] = memory_store.transactions.sent
    assert event.keys == (keys[0].public,)
    assert "d" not in event.keys[0].jwk
