"""Every attack of the list against the suite's running stack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from attacks.attack import Attack, NotTriedError
from attacks.run import all_attacks, fire
from attacks.world import World, open_world

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: dict[str, Any]) -> AsyncIterator[World]:
    async with open_world(stack) as made:
        yield made


@pytest.mark.parametrize("attack", all_attacks(), ids=lambda attack: attack.name)
async def test_it_is_refused(world: World, attack: Attack) -> None:
    try:
        await fire(world, attack)
    except NotTriedError as reason:
        pytest.skip(f"not tried: {reason}")
