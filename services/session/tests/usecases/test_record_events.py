"""Listening events: told late, twice, out of order, by wrong clocks, of other people's sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.listening.events import KEPT
from ab_session.domain.listening.tallies import Tally
from ab_session.usecases.forget_listening import ForgetListening
from ab_session.usecases.keep_zone import KeepZone
from ab_session.usecases.record_events import RecordListening
from ab_shared.contracts.listening import Happened, RecordedEvents, RecordEvents
from ab_shared.contracts.profiles import KeepZone as KeepZoneAsked
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.database.transaction import Transactions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from session_memory.samples import session_of
from session_memory.store import MemoryStore

WAKE_UP, MINE, THEIRS = CATALOGUE[0].id, UUID(int=1), UUID(int=2)
LONG_AGO = date(2000, 1, 1)


class Desk:
    """The use cases on a store that holds the catalogue, one's own session and somebody else's."""

    def __init__(self, store: Any) -> None:
        self.store, self.clock = store, FakeClock()
        self.record = RecordListening(store, self.clock, KEPT)
        self.forget = ForgetListening(store, self.clock, KEPT)

    async def begin(self) -> Desk:
        async with self.store.begin() as unit:
            await unit.sessions.seed([as_session(entry, self.clock()) for entry in CATALOGUE])
            await unit.sessions.add(session_of(1))
            await unit.sessions.add(session_of(2, user="somebody else"))
        return self

    def event(
        self,
        name: str,
        kind: str = "start",
        ago: timedelta = timedelta(),
        session: UUID | None = WAKE_UP,
        **details: Any,
    ) -> Happened:
        return Happened(
            client_event_id=name,
            session_id=session,
            event_type=kind,
            occurred_at=self.clock() - ago,
            metadata=details,
        )

    async def tell(self, *events: Happened, **more: Any) -> RecordedEvents:
        return await self.record(RecordEvents(user_id="user", events=events, **more))

    async def counted(self, since: date = LONG_AGO) -> Sequence[Tally]:
        async with self.store.begin() as unit:
            tallies: Sequence[Tally] = await unit.listening.tallies("user", since)
        return tallies

    async def totals(self) -> dict[str, int]:
        names = ("starts", "completes", "abandons", "early_abandons", "replays", "skips")
        counted = await self.counted()
        return {n: total for n in names if (total := sum(getattr(t, n) for t in counted))}


def told(result: RecordedEvents) -> tuple[int, int, list[str]]:
    return result.accepted, result.duplicates, [one.reason for one in result.rejected]


class RecordingContract:
    """What holds for every store."""

    async def test_a_batch_counts_once_however_often_it_is_told(self, desk: Desk) -> None:
        events = [desk.event("a"), desk.event("b", "complete", session=MINE)]
        assert told(await desk.tell(*events)) == (2, 0, [])
        assert told(await desk.tell(*reversed(events))) == (0, 2, [])
        assert told(await desk.tell(*events, desk.event("c", "replay"))) == (1, 2, [])
        assert await desk.totals() == {"starts": 1, "completes": 1, "replays": 1}

    async def test_an_id_twice_in_one_batch_is_one_event(self, desk: Desk) -> None:
        result = await desk.tell(desk.event("a"), desk.event("a", "complete"))
        assert told(result) == (1, 1, [])
        assert await desk.totals() == {"starts": 1}

    async def test_two_listeners_may_use_one_id(self, desk: Desk) -> None:
        await desk.tell(desk.event("a"))
        other = RecordEvents(user_id="somebody else", events=(desk.event("a"),))
        assert (await desk.record(other)).accepted == 1
        assert await desk.totals() == {"starts": 1}

    async def test_what_is_no_ones_or_nonsense_is_rejected_by_itself(self, desk: Desk) -> None:
        bad_time = desk.event("e").model_copy(update={"occurred_at": None})
        result = await desk.tell(
            desk.event("a", session=THEIRS),
            desk.event("b", session=UUID(int=99)),
            desk.event("c", session=None),
            desk.event("d", "dance"),
            bad_time,
            desk.event("f"),
        )
        assert told(result) == (1, 0, ["session", "session", "session", "type", "time"])
        assert [one.client_event_id for one in result.rejected] == ["a", "b", "c", "d", "e"]
        assert await desk.totals() == {"starts": 1}

    async def test_clocks(self, desk: Desk) -> None:
        year, day = timedelta(days=365), timedelta(days=1)
        cases = {
            "a year ahead": (-year, "future"),
            "two days ahead": (-2 * day, "future"),
            "a zone ahead": (timedelta(hours=-14), None),
            "last year": (year, None),
            "too old": (KEPT + day, "too_old"),
        }
        for name, (ago, reason) in cases.items():
            result = await desk.tell(desk.event(name, ago=ago))
            assert [one.reason for one in result.rejected] == ([reason] if reason else []), name
        now = desk.clock().date()
        days = {tally.last_start for tally in await desk.counted()}
        # What seems to be ahead happened just now.
        assert now in days
        assert max(day for day in days if day) == now

    async def test_a_clock_a_year_off_is_made_good_by_what_it_says_now(self, desk: Desk) -> None:
        for year in (timedelta(days=365), timedelta(days=-365)):
            hour_ago = desk.event(f"h{year}", ago=timedelta(hours=1) - year)
            result = await desk.tell(hour_ago, sent_at=desk.clock() + year)
            assert told(result) == (1, 0, [])
        instants = {tally.last_start for tally in await desk.counted()}
        assert instants == {(desk.clock() - timedelta(hours=1)).date()}

    async def test_a_clock_that_is_ahead_is_so_for_all_it_tells(self, desk: Desk) -> None:
        # Two hours ahead, an hour of listening, and no word of what the clock says now.
        ahead = timedelta(hours=2)
        began = desk.event("a", "start", timedelta(hours=1) - ahead)
        left = desk.event("b", "abandon", -ahead)
        assert told(await desk.tell(began, left)) == (2, 0, [])
        assert await desk.totals() == {"starts": 1, "abandons": 1}

    async def test_absurd_clocks_break_nothing(self, desk: Desk) -> None:
        first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
        for number, (sent, happened) in enumerate([(first, last), (last, first), (first, first)]):
            event = desk.event(str(number)).model_copy(update={"occurred_at": happened})
            assert len((await desk.tell(event, sent_at=sent)).rejected) <= 1

    async def test_leaving_early_is_seen_in_any_order_and_over_midnight(self, desk: Desk) -> None:
        # Half a minute past midnight, UTC.
        desk.clock.advance(86_400 - desk.clock.time() % 86_400 + 30)
        await desk.tell(desk.event("left", "abandon"))
        assert await desk.totals() == {"abandons": 1}
        # That was yesterday, and is told after the abandon.
        await desk.tell(desk.event("began", "start", timedelta(seconds=80)))
        assert await desk.totals() == {"starts": 1, "abandons": 1, "early_abandons": 1}

    async def test_what_the_app_measured_goes_before_clocks(self, desk: Desk) -> None:
        await desk.tell(
            desk.event("a", "start", timedelta(seconds=10)),
            desk.event("b", "abandon", listenedMs=3_600_000),
            desk.event("c", "abandon", timedelta(hours=5), listenedSec=89.9),
            desk.event("d", "abandon", timedelta(hours=5), listenedSec=90),
            desk.event("e", "abandon", timedelta(hours=9)),
        )
        assert await desk.totals() == {"starts": 1, "abandons": 4, "early_abandons": 1}

    async def test_hours_are_those_of_the_listener(self, desk: Desk) -> None:
        keep = KeepZone(desk.store)
        at = desk.clock()
        for zone, version in (("Asia/Kolkata", 2), ("Europe/Berlin", 1)):
            await keep(UserUpdated(user_id="user", timezone=zone, version=version, updated_at=at))
        # What the gateway asks is the same news: whichever comes later, the newest wins.
        await keep.asked(KeepZoneAsked(user_id="user", timezone="Europe/Berlin", version=1))
        await desk.tell(desk.event("a"))
        await desk.tell(desk.event("b"), timezone="America/New_York")
        await desk.tell(desk.event("c"), timezone="Mars/Olympus")
        hours = {t.hour: t.starts for t in await desk.counted()}
        minutes = at.hour * 60 + at.minute
        india, york = (minutes + 330) // 60 % 24, (minutes - 300) // 60 % 24
        assert hours == {india: 2, york: 1}

    async def test_what_is_old_goes_and_stays_counted(self, desk: Desk) -> None:
        old = desk.event("old", "complete")
        await desk.tell(old)
        assert await desk.forget() == 0
        desk.clock.advance((KEPT + timedelta(days=3)).total_seconds())
        await desk.tell(desk.event("new"))
        assert await desk.forget() == 1
        # Told once more it is too old, or it would count twice.
        assert told(await desk.tell(old)) == (0, 0, ["too_old"])
        assert await desk.totals() == {"starts": 1, "completes": 1}

    async def test_recent_is_since_a_day(self, desk: Desk) -> None:
        await desk.tell(
            desk.event("a", "complete", timedelta(days=30)), desk.event("b", "complete")
        )
        recent = await desk.counted(desk.clock().date() - timedelta(days=28))
        assert sum(tally.recent for tally in recent) == 1


class TestMemory(RecordingContract):
    @pytest.fixture
    async def desk(self) -> Desk:
        return await Desk(MemoryStore()).begin()


@pytest.mark.real
class TestPostgres(RecordingContract):
    @pytest.fixture
    async def desk(self, database: NewDatabase) -> Desk:
        made = await database("session")
        return await Desk(
            PostgresStore(Transactions(made.engine, producer="session", relay=None))
        ).begin()

    async def test_only_what_is_understood_is_kept(self, desk: Desk) -> None:
        note = {"note": "I was sad", "mix": {"affirmations": 9, "background": 0.5}, "lineIndex": -1}
        await desk.tell(desk.event("a", "mix_adjust", listenedSec=1e300, **note))
        async with desk.store.begin() as unit:
            held = await unit.personal.page("user", "listening-events", "", 100)
        assert [one.data["metadata"] for one in held] == [{"mix": {"background": 0.5}}]
