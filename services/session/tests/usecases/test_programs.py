"""Following a program, asked and told as the gateway does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.usecases.follow_program import FollowProgram
from ab_shared.contracts import programs as said
from ab_shared.errors import Conflict, NotFound, ValidationFailed
from session_memory.rig import Rig

SLEEP = "seven-nights-of-sleep"
USER = {"user_id": "user", "program_id": SLEEP}


class Listener:
    """One listener, their zone, and the use case on some store."""

    def __init__(self, rig: Rig, *, withdrawn: bool = False) -> None:
        self.rig = rig
        sleep = replace(PROGRAMS[SLEEP], withdrawn=withdrawn)
        self.follow = FollowProgram(rig.store, {**PROGRAMS, SLEEP: sleep}, rig.clock)
        self.zone: str | None = None

    async def enrol(self, *, restart: bool = False) -> said.MyProgram:
        return await self.follow.enrol(said.Enrol(**USER, timezone=self.zone, restart=restart))

    async def change(self, wish: said.EnrolmentWish) -> said.MyProgram:
        return await self.follow.change(said.ChangeEnrolment(**USER, wish=wish))

    async def record(self, day: int, **what: Any) -> said.MyProgram:
        fields = {**USER, "timezone": self.zone, "day": day, **what}
        return await self.follow.record(said.RecordDay.model_validate(fields))

    async def complete(self, day: int, at: datetime | None = None) -> said.MyProgram:
        return await self.record(day, complete=True, completed_at=at)

    async def mine(self) -> said.MyPrograms:
        return await self.follow.mine(said.ListMyPrograms(user_id="user", timezone=self.zone))


def days_of(mine: said.MyProgram) -> list[int]:
    return [day.day for day in mine.enrolment.days if day.completed_at is not None]


class ProgramsContract:
    """What holds for every store."""

    async def test_a_program_from_the_first_day_to_the_last(self, rig: Rig) -> None:
        user = Listener(rig)
        begun = await user.enrol()
        first = PROGRAMS[SLEEP].steps[0]
        assert (begun.enrolment.state, begun.enrolment.next_day) == ("active", 1)
        assert begun.enrolment.next_action == first.action
        for day in range(1, 8):
            after = await user.record(day, complete=True, action_done=True, rating=4)
            assert days_of(after) == list(range(1, day + 1))
            assert (after.streak.current, after.streak.longest) == (day, day)
            rig.clock.advance(timedelta(days=1).total_seconds())
        over = (await user.mine()).enrolments[0]
        assert (over.state, over.next_day, over.next_action) == ("finished", None, None)
        assert over.finished_at is not None
        assert {day.rating for day in over.days} == {4}

    async def test_the_same_again_changes_nothing(self, rig: Rig) -> None:
        user = Listener(rig)
        begun = await user.enrol()
        assert await user.enrol() == begun
        done = await user.complete(3)
        rig.clock.advance(60)
        assert await user.complete(3) == done
        assert (await user.mine()).enrolments == (done.enrolment,)

    async def test_late_and_out_of_order_ends_where_in_order_would(self, rig: Rig) -> None:
        user = Listener(rig)
        await user.enrol()
        begun = rig.clock()
        rig.clock.advance(timedelta(days=4).total_seconds())
        # Done offline on two phones; the second one was later but is heard of first.
        await user.complete(2, begun + timedelta(days=2))
        await user.complete(1, begun + timedelta(days=1, hours=8))
        after = await user.complete(1, begun + timedelta(days=1))
        first = after.enrolment.days[0]
        assert first.completed_at == begun + timedelta(days=1)
        assert (after.streak.current, after.streak.longest) == (0, 2)

    @pytest.mark.parametrize("years", [-1, 1])
    async def test_a_clock_that_is_a_year_off_counts_as_now(self, rig: Rig, years: int) -> None:
        user = Listener(rig)
        await user.enrol()
        after = await user.complete(1, rig.clock() + years * timedelta(days=365))
        assert after.enrolment.days[0].completed_at == rig.clock()
        assert after.streak.current == 1

    async def test_a_rating_and_an_action_without_the_day(self, rig: Rig) -> None:
        user = Listener(rig)
        await user.enrol()
        noted = await user.record(2, action_done=True, rating=2)
        assert days_of(noted) == []
        assert noted.streak == said.Streak()
        again = await user.record(2, action_done=False, rating=5)
        (day,) = again.enrolment.days
        assert (day.action_done_at, day.rating) == (None, 5)
        assert (await user.complete(2)).enrolment.days[0].rating == 5

    async def test_pause_resume_leave_and_come_back(self, rig: Rig) -> None:
        user = Listener(rig)
        await user.enrol()
        assert (await user.change("pause")).enrolment.state == "paused"
        # What was done before the pause may be heard of after it.
        assert (await user.complete(1)).enrolment.state == "paused"
        assert (await user.change("resume")).enrolment.state == "active"
        assert (await user.change("leave")).enrolment.state == "left"
        assert await user.change("leave") == await user.change("leave")
        assert (await user.mine()).enrolments == ()
        with pytest.raises(Conflict):
            await user.complete(2)
        with pytest.raises(Conflict, match="You left this program"):
            await user.change("pause")
        back = await user.enrol()
        assert (back.enrolment.state, days_of(back)) == ("active", [1])

    async def test_beginning_again_keeps_the_streak(self, rig: Rig) -> None:
        user = Listener(rig)
        await user.enrol()
        await user.complete(1)
        again = await user.enrol(restart=True)
        assert (again.enrolment.round, again.enrolment.days) == (2, ())
        assert again.streak.current == 1
        assert (await user.enrol(restart=True)).enrolment.round == 2

    async def test_a_withdrawn_program_can_be_finished_and_not_begun(self, rig: Rig) -> None:
        await Listener(rig).enrol()
        later = Listener(rig, withdrawn=True)
        assert (await later.enrol()).enrolment.withdrawn
        assert days_of(await later.complete(1)) == [1]
        with pytest.raises(Conflict, match="no longer offered"):
            await later.follow.enrol(said.Enrol(user_id="somebody", program_id=SLEEP))

    async def test_what_is_not_there_is_not_found(self, rig: Rig) -> None:
        user = Listener(rig)
        for asking in (user.complete(1), user.change("pause")):
            with pytest.raises(NotFound):
                await asking
        with pytest.raises(NotFound):
            await user.follow.enrol(said.Enrol(user_id="user", program_id="nowhere"))
        await user.enrol()
        with pytest.raises(ValidationFailed):
            await user.complete(8)
        with pytest.raises(NotFound):
            await user.follow.one(said.GetMyProgram(user_id="somebody", program_id=SLEEP))

    async def test_a_streak_is_counted_where_the_listener_is(self, rig: Rig) -> None:
        rig.clock.advance(timedelta(hours=11.5).total_seconds())
        user = Listener(rig)
        user.zone = "Europe/Berlin"
        await user.enrol()
        # Half past midnight on the 6th in Berlin.
        await user.complete(1)
        rig.clock.advance(timedelta(hours=1).total_seconds())
        found = await user.complete(2)
        assert found.streak.current == 1
        assert str(found.streak.last_day) == "2026-01-06"
        rig.clock.advance(timedelta(hours=23).total_seconds())
        assert (await user.complete(3)).streak.current == 2

    async def test_the_kept_zone_counts_where_the_request_names_none(self, rig: Rig) -> None:
        rig.clock.advance(timedelta(hours=11.5).total_seconds())
        async with rig.store.begin() as unit:
            await unit.zones.keep_zone("user", "Asia/Tokyo", 1)
        user = Listener(rig)
        await user.enrol()
        assert str((await user.complete(1)).streak.last_day) == "2026-01-06"


class TestMemory(ProgramsContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig

    async def test_the_gateway_is_answered(self, rig: Rig) -> None:
        shown = await rig.ask(said.ListPrograms())
        assert [program.id for program in shown.programs] == list(PROGRAMS)
        mine = await rig.ask(said.Enrol(user_id="user", program_id=SLEEP))
        assert mine == await rig.ask(said.GetMyProgram(user_id="user", program_id=SLEEP))
        async with rig.store.begin() as unit:
            step = await unit.selves.active_path("user")
        assert step is not None
        assert step.path_id == SLEEP


@pytest.mark.real
class TestPostgres(ProgramsContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
