"""Days are counted out of rows: in any order, told twice, told late, and with people gone."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest
from ab_session.adapters.analytics_rows import PostgresAnalytics, forget_days_of
from ab_session.adapters.analytics_statements import DUE
from ab_session.usecases.count_sign_ups import CountSignUp
from ab_session.usecases.get_analytics import GetAnalytics
from ab_session.usecases.roll_up_day import RollUpDay
from ab_session.usecases.roll_up_nights import RollUpNights
from ab_shared.contracts.analytics import DayNumbers
from ab_shared.contracts.analytics import GetAnalytics as Asked
from ab_shared.contracts.analytics import RollUpDay as RollUpDayAsked
from ab_shared.contracts.events import UserRegistered
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable, ValidationFailed
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

pytestmark = pytest.mark.real
MONDAY = date(2026, 1, 5)
DAYS = 24
EVENT = text("""
    INSERT INTO listening_events (
        user_id, client_event_id, session_id, event_type, occurred_at, received_at, local_hour
    ) VALUES (:user, :id, gen_random_uuid(), :kind, :at, :heard, 0) ON CONFLICT DO NOTHING
""")


class Event(NamedTuple):
    user: str
    id: str
    kind: str
    at: datetime


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def luck(*what: object) -> int:
    """A large number that is always the same for the same."""
    return int(hashlib.sha256(repr(what).encode()).hexdigest(), 16)


def made_up(seed: int, number: int = 60) -> list[Event]:
    kinds = ("start", "complete", "abandon", "replay")
    return [
        Event(
            f"user {luck(seed, n, 'who') % 6}",
            str(n),
            kinds[luck(seed, n, "what") % 4],
            midnight(MONDAY) + timedelta(seconds=luck(seed, n, "when") % (DAYS * 86400)),
        )
        for n in range(number)
    ]


def recount(events: list[Event], day: date) -> dict[str, int]:
    """The numbers of a day by hand."""
    seen = {(event.user, event.id): event for event in events}.values()
    active: dict[date, set[str]] = defaultdict(set)
    first_start: dict[str, date] = {}
    for event in sorted(seen, key=lambda event: event.at):
        active[event.at.date()].add(event.user)
        if event.kind == "start":
            first_start.setdefault(event.user, event.at.date())
    of_day = [event for event in seen if event.at.date() == day]
    kinds = Counter(event.kind for event in of_day)

    def within(days: int) -> int:
        return len(set().union(*(active[day - timedelta(days=n)] for n in range(days))))

    numbers = {
        "active": within(1),
        "activeWeek": within(7),
        "activeMonth": within(30),
        "started": len({event.user for event in of_day if event.kind == "start"}),
        "completed": len({event.user for event in of_day if event.kind == "complete"}),
        "firstStart": sum(first == day for first in first_start.values()),
        "starts": kinds["start"],
        "completes": kinds["complete"],
        "abandons": kinds["abandon"],
    }
    return {name: number for name, number in numbers.items() if number}


class Desk:
    """The days of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.clock = FakeClock(midnight(MONDAY) + timedelta(days=DAYS, hours=1))
        rows = Transactions(engine, producer="session", relay=None)
        self.analytics = PostgresAnalytics(rows)
        self.roll_up = RollUpDay(self.analytics, self.clock)

    async def hear(self, events: list[Event], heard: datetime | None = None) -> None:
        rows = [{**event._asdict(), "heard": heard or event.at} for event in events]
        async with self.engine.begin() as connection:
            await connection.execute(EVENT, rows)

    async def count(self, days: list[date]) -> None:
        for day in days:
            await self.roll_up.night(day)

    async def numbers(self) -> dict[date, dict[str, int]]:
        asked = Asked(first=MONDAY, last=MONDAY + timedelta(days=DAYS))
        found = await GetAnalytics(self.analytics)(asked)
        return {day.day: day.counts for day in found.days}

    async def cohorts(self) -> dict[date, tuple[int, ...]]:
        asked = Asked(first=MONDAY, last=MONDAY + timedelta(days=DAYS))
        found = await GetAnalytics(self.analytics)(asked)
        return {cohort.week: cohort.active for cohort in found.cohorts}

    def until(self, since_monday: timedelta) -> None:
        self.clock.advance((midnight(MONDAY) + since_monday - self.clock()).total_seconds())

    async def settle(self) -> None:
        """Until nothing is due any more."""
        nights = RollUpNights(self.analytics, self.roll_up, Shown(), self.clock)
        for _ in range(6):
            await nights()

    async def erase(self, user: str) -> None:
        async with self.engine.begin() as connection:
            events = text("DELETE FROM listening_events WHERE user_id = :user")
            await connection.execute(events, {"user": user})
            await forget_days_of(connection, user)


def deed(day: date) -> RollUpDayAsked:
    return RollUpDayAsked(day=day, actor="user_ada", actor_kind="admin")


class Shown:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def show(self, counts: object) -> None:
        assert isinstance(counts, dict)
        self.counts = counts


class Stuck(RollUpDay):
    """Never gets through one of the days."""

    async def night(self, day: date, asked: datetime | None = None) -> DayNumbers | None:
        if day == MONDAY + timedelta(days=1):
            raise DependencyUnavailable("the day is too long")
        return await super().night(day, asked)


ALL = [MONDAY + timedelta(days=n) for n in range(DAYS)]


@pytest.fixture
async def desk(database: NewDatabase) -> Desk:
    return Desk((await database("session")).engine)


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_told_twice_is_a_count_from_scratch(desk: Desk, seed: int) -> None:
    events = made_up(seed)
    # In heaps, in any order, some of them again; and days counted at any time in between.
    again = [event for event in events if luck(seed, event.id) % 3 == 0]
    heap = sorted([*events, *again], key=lambda event: luck(seed, event.id, event.at))
    for start in range(0, len(heap), 16):
        await desk.hear(heap[start : start + 16])
        await desk.count([ALL[luck(seed, start, n) % DAYS] for n in range(3)])
    await desk.count(ALL)
    found = await desk.numbers()
    assert found == {day: recount(events, day) for day in ALL}
    await desk.count(sorted(ALL, key=lambda day: luck(seed, day)))
    assert await desk.numbers() == found


async def test_cohorts_are_weeks_in_which_people_began(desk: Desk) -> None:
    def came(user: str, *days: int) -> list[Event]:
        return [
            Event(user, f"{user} {n}", "start", midnight(MONDAY + timedelta(days=n))) for n in days
        ]

    await desk.hear([*came("a", 0, 1, 8, 15), *came("b", 2, 16), *came("c", 9)])
    await desk.count(ALL)
    week = timedelta(days=7)
    assert await desk.cohorts() == {MONDAY: (2, 1, 2), MONDAY + week: (1,)}


async def test_late_news_changes_its_day_and_those_that_look_back_on_it(desk: Desk) -> None:
    events = made_up(1)
    late = events[::7]
    await desk.hear([event for event in events if event not in late])
    await desk.count(ALL)
    assert await desk.numbers() != {day: recount(events, day) for day in ALL}
    await desk.hear(late, heard=desk.clock() + timedelta(seconds=1))
    desk.clock.advance(3600)
    await desk.settle()
    assert await desk.numbers() == {day: recount(events, day) for day in ALL}


async def test_who_is_erased_stays_counted_and_is_nobody(desk: Desk) -> None:
    events = made_up(2)
    await desk.hear(events)
    await desk.count(ALL)
    before, cohorts = await desk.numbers(), await desk.cohorts()
    await desk.erase("user 3")
    assert await desk.numbers() == before
    # Counted anew, too: what they were in the numbers is kept, of nobody.
    await desk.count(ALL)
    assert await desk.numbers() == before
    assert await desk.cohorts() == cohorts
    async with desk.engine.connect() as connection:
        users = await connection.execute(text("SELECT DISTINCT user_id FROM user_days"))
        assert "user 3" not in set(users.scalars())


async def test_deleted_rows_take_nothing_from_a_day(desk: Desk) -> None:
    await desk.hear(made_up(3))
    await desk.count(ALL)
    before = await desk.numbers()
    async with desk.engine.begin() as connection:
        await connection.execute(text("DELETE FROM listening_events"))
    await desk.count(ALL)
    assert await desk.numbers() == before


async def test_a_night_is_counted_once_it_is_over_and_shown(desk: Desk) -> None:
    await desk.hear(made_up(4))
    shown = Shown()
    nights = RollUpNights(desk.analytics, desk.roll_up, shown, desk.clock)
    desk.until(timedelta(days=3, minutes=5))
    await nights()
    assert list(await desk.numbers()) == [MONDAY + timedelta(days=1)]
    desk.until(timedelta(days=7, minutes=30))
    await nights()
    assert list(await desk.numbers()) == [MONDAY + timedelta(days=n) for n in range(1, 7)]
    assert shown.counts == (await desk.numbers())[MONDAY + timedelta(days=6)]


async def test_a_day_counted_before_its_end_and_one_left_out_are_counted_after_all(
    desk: Desk,
) -> None:
    created = text("""
        INSERT INTO user_days (user_id, day, generated) VALUES ('late', :day, 1)
    """)
    desk.until(timedelta(days=5, hours=12))
    await desk.count([ALL[1], ALL[5]])
    async with desk.engine.begin() as connection:
        await connection.execute(created, {"day": ALL[5]})
    desk.until(timedelta(days=7, minutes=30))
    await desk.settle()
    found = await desk.numbers()
    assert list(found) == ALL[1:7]
    assert found[ALL[5]] == {"generated": 1}


async def test_yesterday_is_counted_however_much_is_told_late(desk: Desk) -> None:
    await desk.hear(made_up(6))
    await desk.count(ALL[:-2])
    desk.until(timedelta(days=DAYS, minutes=30))
    nights = RollUpNights(desk.analytics, desk.roll_up, Shown(), desk.clock)
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE rolled_days SET stale = true"))
    await nights()
    assert ALL[-1] in await desk.numbers()


async def test_late_news_waits_an_hour_for_more(desk: Desk) -> None:
    desk.until(timedelta(days=1, minutes=30))
    await desk.settle()
    late = Event("late", "late", "start", midnight(MONDAY) + timedelta(hours=1))
    desk.clock.advance(300)
    await desk.hear([late], heard=desk.clock())
    await desk.settle()
    assert (await desk.numbers())[MONDAY] == {}
    desk.clock.advance(3600)
    await desk.settle()
    assert (await desk.numbers())[MONDAY]["starts"] == 1


async def test_what_another_instance_has_just_counted_is_left_alone(desk: Desk) -> None:
    asked = desk.clock()
    desk.clock.advance(1)
    first = await desk.roll_up.night(MONDAY, asked)
    desk.clock.advance(1)
    assert first is not None
    assert await desk.roll_up.night(MONDAY, asked) is None


async def test_a_day_that_cannot_be_counted_keeps_no_other_from_it(desk: Desk) -> None:
    desk.until(timedelta(days=2, minutes=30))
    await desk.count(ALL[:1])
    desk.until(timedelta(days=4, minutes=30))
    nights = RollUpNights(desk.analytics, Stuck(desk.analytics, desk.clock), Shown(), desk.clock)
    await nights()
    assert list(await desk.numbers()) == [ALL[0], ALL[2], ALL[3]]


async def test_looking_for_late_news_reads_no_day_through(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO listening_events (
                    user_id, client_event_id, session_id, event_type, occurred_at, received_at,
                    local_hour
                )
                SELECT 'user ' || n % 50, n::text, gen_random_uuid(), 'start',
                    CAST(:at AS timestamptz) + n * interval '100 seconds',
                    CAST(:at AS timestamptz) + n * interval '100 seconds', 0
                FROM generate_series(1, 20000) AS n
            """),
            {"at": midnight(MONDAY)},
        )
        await connection.execute(text("ANALYZE listening_events"))
    await desk.count(ALL)
    wanted = {
        "since": ALL[0],
        "yesterday": ALL[-1],
        "settled": timedelta(minutes=20),
        "before": desk.clock() + timedelta(days=1),
        "limit": 20,
    }
    async with desk.engine.begin() as connection:
        plan = await connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS) {DUE.text}"), wanted)
        lines = plan.scalars().all()
    read = next(line for line in lines if "Buffers" in line)
    assert sum(int(n) for n in re.findall(r"(?:hit|read)=(\d+)", read)) < 200, "\n".join(lines)


async def test_sign_ups_count_on_their_day_however_often_told(desk: Desk) -> None:
    at = midnight(MONDAY) + timedelta(hours=5)
    event = UserRegistered(user_id="new", issuer="us", registered_at=at)
    await desk.count(ALL[:2])
    for _ in range(3):
        await CountSignUp(desk.analytics)(event)
    desk.clock.advance(3600)
    await desk.settle()
    assert (await desk.numbers())[MONDAY] == {"signedUp": 1}


async def test_a_day_that_has_not_begun_is_refused(desk: Desk) -> None:
    with pytest.raises(ValidationFailed):
        await desk.roll_up(deed(desk.clock().date() + timedelta(days=1)))


async def test_an_operator_s_count_leaves_an_entry(desk: Desk) -> None:
    await desk.hear(made_up(5))
    numbers = await desk.roll_up(deed(MONDAY))
    async with desk.engine.connect() as connection:
        sent = (await connection.execute(text("SELECT envelope FROM outbox"))).scalars().all()
    assert [row for row in sent if '"analytics.roll_up"' in row and "user_ada" in row]
    assert numbers.counts == recount(made_up(5), MONDAY)


async def test_a_hundred_thousand_events_take_no_memory_here(desk: Desk) -> None:
    async with desk.engine.begin() as connection:
        await connection.execute(
            text("""
                INSERT INTO listening_events (
                    user_id, client_event_id, session_id, event_type, occurred_at, received_at,
                    local_hour
                )
                SELECT 'user ' || n % 20000, n::text, gen_random_uuid(),
                    CASE n % 3 WHEN 0 THEN 'start' WHEN 1 THEN 'complete' ELSE 'replay' END,
                    CAST(:at AS timestamptz) + n * interval '0.8 seconds', :at, 0
                FROM generate_series(1, 100000) AS n
            """),
            {"at": midnight(MONDAY)},
        )
    tracemalloc.start()
    numbers = await desk.roll_up.night(MONDAY)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbers.counts["active"] == 20000
    assert numbers.counts["starts"] + numbers.counts["completes"] == 66667
    assert peak < 2_000_000
