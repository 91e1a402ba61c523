"""The shelf as it is asked for: it changes with what is heard, and remembers what it showed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.curation.facts import Recipe
from ab_session.domain.listener import CurationWishes
from ab_session.domain.listening.events import KEPT
from ab_session.usecases.forget_listening import ForgetListening
from ab_session.usecases.get_curation import MakeShelf
from ab_session.usecases.record_events import RecordListening
from ab_shared.contracts.curation import Card, GetCuration
from ab_shared.contracts.listening import Happened, RecordEvents
from ab_shared.contracts.preferences import Preferences
from ab_shared.contracts.privacy import ErasureRequested
from ab_shared.database.transaction import Transactions
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from session_memory.rig import Rig
from session_memory.samples import session_of
from session_memory.store import MemoryStore

DAY = 86_400
IDS = {entry.title: entry.id for entry in CATALOGUE}


class Home:
    """Somebody who listens and looks at their shelf; it is noon in UTC."""

    def __init__(self, store: Any) -> None:
        self.store, self.clock = store, FakeClock()
        self.shelf = MakeShelf(store, self.clock)
        self.record = RecordListening(store, self.clock, KEPT)
        self.told = 0

    async def begin(self) -> Home:
        async with self.store.begin() as unit:
            await unit.sessions.seed([as_session(entry, self.clock()) for entry in CATALOGUE])
        return self

    async def cards(self, zone: str | None = None, user: str = "user") -> dict[str, Card]:
        shelf = await self.shelf(GetCuration(user_id=user, timezone=zone))
        return {card.slot: card for card in shelf.cards}

    async def did(self, kind: str, session_id: UUID, times: int = 1) -> None:
        events = tuple(
            Happened(
                client_event_id=f"{self.told + number}",
                session_id=session_id,
                event_type=kind,
                occurred_at=self.clock() - timedelta(minutes=number),
            )
            for number in range(times)
        )
        self.told += times
        done = await self.record(RecordEvents(user_id="user", events=events))
        assert done.accepted == times


class ShelfContract:
    """What holds for every store."""

    async def test_somebody_new_has_a_shelf(self, home: Home) -> None:
        cards = await home.cards()
        assert list(cards) == ["next_step", "right_now_1", "right_now_2", "your_best", "try_new"]
        assert cards["next_step"].title == "Ease In"
        assert await home.cards() == cards

    async def test_tonight_is_in_the_zone_of_the_request_or_the_profile(self, home: Home) -> None:
        assert "tonight" not in await home.cards()
        assert "tonight" in await home.cards("Asia/Tokyo")
        async with home.store.begin() as unit:
            await unit.zones.keep_zone("user", "Asia/Tokyo", 1)
        assert "tonight" in await home.cards()
        assert "tonight" not in await home.cards("Europe/London")

    async def test_the_shelf_changes_with_what_is_heard(self, home: Home) -> None:
        before = await home.cards()
        await home.did("start", IDS["Creativity"], 3)
        await home.did("complete", IDS["Creativity"], 3)
        after = await home.cards()
        assert before["your_best"].why != after["your_best"].why
        assert after["your_best"].title == "Creativity"
        assert after["your_best"].why == "You have finished this 3 times"

    async def test_own_sessions_are_shown_until_they_are_gone(self, home: Home) -> None:
        async with home.store.begin() as unit:
            await unit.sessions.add(session_of(1))
            await unit.sessions.add(session_of(2, user="somebody else"))
        await home.did("complete", UUID(int=1), 5)
        assert (await home.cards())["your_best"].session_id == UUID(int=1)
        strangers = await home.cards(user="a third")
        assert all(card.session_id.int > 10 for card in strangers.values())

    async def test_what_was_said_of_oneself_counts(self, home: Home) -> None:
        async with home.store.begin() as unit:
            wishes, at = CurationWishes("Sleep", None, "Atmosphere-forward"), home.clock()
            await unit.selves.save_curation_preferences("user", wishes, at)
        cards = await home.cards("Asia/Tokyo")
        asleep = [card for card in cards.values() if card.title == "Sleep"]
        assert asleep
        assert "Heavy Rain" in {card.background_id for card in cards.values()}
        async with home.store.begin() as unit:
            await unit.selves.save_preferences("user", Preferences(background_id="Storm"), at)
        backgrounds = {card.background_id for card in (await home.cards()).values()}
        assert backgrounds == {"Storm"}

    async def test_no_recipe_three_days_running_whatever_they_do(self, home: Home) -> None:
        await home.did("complete", IDS["Focus"], 9)
        home.clock.advance(DAY / 2)
        days: list[set[Recipe]] = []
        for _ in range(6):
            seen = set()
            for _ in range(4):
                for card in (await home.cards()).values():
                    seen.add(Recipe(card.session_id, card.background_id))
                home.clock.advance(DAY / 4)
            days.append(seen)
        for three in zip(days, days[1:], days[2:], strict=False):
            assert not set.intersection(*three)
        # And the best stays the best, with other sounds behind it.
        assert (await home.cards())["your_best"].title == "Focus"

    async def test_what_was_shown_long_ago_is_forgotten(self, home: Home) -> None:
        await home.cards()
        home.clock.advance(15 * DAY)
        forget = ForgetListening(home.store, home.clock, KEPT)
        assert await forget() == 5
        assert await forget() == 0


class TestMemory(ShelfContract):
    @pytest.fixture
    async def home(self) -> Home:
        return await Home(MemoryStore()).begin()


@pytest.mark.real
class TestPostgres(ShelfContract):
    @pytest.fixture
    async def home(self, database: NewDatabase) -> Home:
        made = await database("session")
        store = PostgresStore(Transactions(made.engine, producer="session", relay=None))
        return await Home(store).begin()

    async def test_all_of_it_is_exported_and_erased(self, postgres_rig: Rig) -> None:
        await postgres_rig.wired.seed()
        home = Home(postgres_rig.store)
        await home.did("start", IDS["Focus"])
        await home.cards()
        async with home.store.begin() as unit:
            await unit.zones.keep_zone("user", "Asia/Tokyo", 1)
            kinds = ("listening-events", "listening-counts", "zone", "shown")
            for kind in kinds:
                first = await unit.personal.page("user", kind, "", 1)
                assert first, kind
                assert not await unit.personal.page("somebody else", kind, "", 9)
                rest = await unit.personal.page("user", kind, first[-1].key, 99)
                assert first[0].key not in {held.key for held in rest}
        erasure = ErasureRequested(erasure_id=UUID(int=7), user_id="user")
        await postgres_rig.broker.send(erasure)
        await postgres_rig.settle()
        async with home.store.begin() as unit:
            for kind in kinds:
                assert not await unit.personal.page("user", kind, "", 9), kind
