"""A program from the list to its last day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.selves import Programs
from ab_shared.contracts.http_programs import CompleteDayIn, DayIn

pytestmark = pytest.mark.journey


async def test_a_path_from_beginning_to_end(user: ApiClient, visitor: ApiClient) -> None:
    path = next(one for one in await Programs(visitor).list() if one.kind == "path")
    shown = await Programs(visitor).read(path.id)
    first = shown.days[0].session_id
    state = await user.ensure_audio(first)
    if state.job_id:
        await wait_for(user, state.job_id)
    assert (await user.bundle(first)).affirmations_merged_url
    mine = Programs(user)
    begun = (await mine.enrol(path.id)).program
    assert (begun.next_day, begun.next_action) == (1, shown.days[0].action)
    # The last chapter first, and twice.
    for day in [*range(path.total_days, 0, -1), 1]:
        after = await mine.complete(path.id, day, CompleteDayIn(action_done=True, rating=4))
    assert (after.program.state, after.program.next_day) == ("finished", None)
    assert (after.streak.current, after.streak.longest) == (1, 1)
    assert [day.rating for day in after.program.days] == [4] * path.total_days
    assert (await mine.mine()).programs == [after.program]
    again = await mine.enrol(path.id, restart=True)
    assert (again.program.round, again.program.days, again.streak.current) == (2, [], 1)


async def test_clocks_that_are_a_year_off_and_programs_that_are_left(user: ApiClient) -> None:
    mine = Programs(user)
    await mine.enrol("seven-nights-of-sleep")
    for off in (timedelta(days=365), timedelta(days=-365)):
        claimed = CompleteDayIn(completed_at=datetime.now(UTC) + off)
        done = (await mine.complete("seven-nights-of-sleep", 1, claimed)).program.days[0]
        assert done.completed_at is not None
        assert abs(datetime.now(UTC) - done.completed_at) < timedelta(minutes=5)
    assert (await mine.change("seven-nights-of-sleep", "pause")).program.state == "paused"
    noted = await mine.note("seven-nights-of-sleep", 2, DayIn(rating=2))
    assert (noted.program.state, noted.program.next_day) == ("paused", 2)
    assert (await mine.change("seven-nights-of-sleep", "leave")).program.state == "left"
    assert (await mine.mine()).programs == []
    with pytest.raises(ApiRefusal) as refused:
        await mine.complete("seven-nights-of-sleep", 2)
    assert refused.value.status == 409
    back = await mine.enrol("seven-nights-of-sleep")
    assert (back.program.state, back.program.next_day) == ("active", 2)
