from __future__ import annotations

from datetime import UTC, datetime

import pytest
from failures.whole_day import seconds_to_wait


@pytest.mark.parametrize(
    ("clock", "wait"),
    [("00:00:00", 0), ("12:00:00", 0), ("23:59:30", 0), ("23:59:31", 30), ("23:59:59", 2)],
)
def test_what_lasts_half_a_minute_lies_within_a_day(clock: str, wait: float) -> None:
    for day in ("2026-02-28", "2026-12-31"):
        now = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)
        assert seconds_to_wait(now, 30) == wait
