"""The figures of ``performance.vendors``, small: each promise that it prints is kept."""

from __future__ import annotations

import pytest

from performance.vendors import at_limit


@pytest.mark.parametrize("limit", [2, 5])
async def test_all_are_done_and_none_is_paid_twice(limit: int) -> None:
    run = await at_limit(limit, reads=20)
    assert run.held, run
    assert run.outcomes["spoken"] == run.done == 20
    assert run.store_failures
