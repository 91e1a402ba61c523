"""Comparing our users with an issuer's list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ab_auth.domain.identities import ComparisonState
from ab_auth.usecases.ask_comparison import AskComparison
from ab_auth.usecases.compare_identities import PAGE, CompareIdentities, Rules
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.say_goodbye import SayGoodbye
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.identity_events import MeetUser as Met
from ab_shared.contracts.identity_events import ReconcileIdentities
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.clock import FakeClock
from auth_memory.identities import Eraser, Listed

CLERK = "https://clerk.example.org"
DAY = timedelta(days=1)
AWAY = DependencyUnavailable("Clerk does not answer")


class World:
    """Our users, the issuer's list, and whoever compares them."""

    def __init__(self, store: Any, clock: FakeClock) -> None:
        self.store, self.clock, self.issuer, self.eraser = store, clock, Listed(), Eraser()
        self.slept: list[float] = []
        self.woken = 0

    def comparer(self, name: str = "one", prefix: str = "") -> CompareIdentities:
        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)
            self.clock.advance(seconds)

        return CompareIdentities(
            self.store,
            self.issuer,
            SayGoodbye(self.eraser),
            self.clock,
            Rules(CLERK, prefix, DAY, 5),
            name,
            sleep,
        )

    async def know(self, *users: str) -> None:
        for user in users:
            met = Met(issuer=CLERK, subject=user, user_id=user, issued_at=self.clock())
            await MeetUser(self.store, self.clock)(met)
        self.clock.advance(60)

    @property
    def state(self) -> ComparisonState:
        found: ComparisonState = self.store.rows.news.comparisons[CLERK].state
        return found

    @property
    def erased(self) -> list[str]:
        return [one.user_id for one in self.eraser.asked]

    def ask(self) -> AskComparison:
        def wake() -> None:
            self.woken += 1

        return AskComparison(self.store, CLERK, self.clock, wake)


@pytest.fixture
def world(memory_store: Any, clock: FakeClock) -> World:
    return World(memory_store, clock)


def many(number: int) -> list[str]:
    return [f"user_{index:04}" for index in range(number)]


async def test_it_makes_who_is_missing_here_page_by_page_and_waits_a_day(world: World) -> None:
    world.issuer.subjects = many(2 * PAGE + 3)
    assert await world.comparer()()
    assert world.issuer.pages == [0, PAGE, 2 * PAGE]
    assert list(world.store.rows.users) == world.issuer.subjects
    assert world.state is ComparisonState.FINISHED
    assert not await world.comparer()()
    world.clock.advance(DAY.total_seconds())
    assert await world.comparer()()
    assert await world.store.sent() == ["auth.user_registered.v1"] * (2 * PAGE + 3)
    assert world.erased == []


async def test_a_prefix_goes_before_the_subject(world: World) -> None:
    world.issuer.subjects = ["user_a"]
    await world.comparer(prefix="clerk:")()
    assert list(world.store.rows.users) == ["clerk:user_a"]


async def test_who_is_gone_there_is_erased_once_the_issuer_says_so_of_them(world: World) -> None:
    await world.know(*many(40))
    world.issuer.subjects = many(40)[2:]
    world.issuer.unlisted = {"user_0001"}
    await world.comparer()()
    assert world.issuer.asked == ["user_0000", "user_0001"]
    assert world.erased == ["user_0000"]
    assert world.state is ComparisonState.FINISHED
    world.issuer.subjects.append("user_0000")
    world.clock.advance(DAY.total_seconds())
    await world.comparer()()
    # Nothing on a list brings somebody back whom the issuer has called gone.
    assert await world.store.sent() == ["auth.user_registered.v1"] * 40


@pytest.mark.parametrize("left", [0, 37])
async def test_when_too_many_are_missing_nobody_is_erased(world: World, left: int) -> None:
    await world.know(*many(40))
    world.issuer.subjects = many(40)[:left]
    await world.comparer()()
    assert world.state is ComparisonState.REFUSED
    assert (world.erased, world.issuer.asked) == ([], [])
    shown = await world.ask()(ReconcileIdentities(actor="ada", start=False))
    assert shown.state == "refused"
    assert shown.missing == 40 - left
    assert shown.reason is not None
    assert world.woken == 0


async def test_somebody_can_vouch_for_many(world: World) -> None:
    await world.know(*many(40))
    world.issuer.subjects = many(40)[:30]
    await world.comparer()()
    asked = ReconcileIdentities(actor="ada", most_missing_percent=30)
    assert (await world.ask()(asked)).state == "wanted"
    assert world.woken == 1
    await world.comparer()()
    assert len(world.erased) == 10
    [entry] = [m for m in world.store.transactions.sent if isinstance(m, AuditRecorded)]
    assert (entry.actor, entry.action) == ("ada", "identities.compare")
    assert world.store.rows.news.comparisons[CLERK].most_missing_percent is None


async def test_a_busy_issuer_is_given_its_rest(world: World) -> None:
    world.issuer.subjects = many(3)
    rest = DependencyUnavailable("busy", details={"retry_after": 7.0})
    forever = DependencyUnavailable("busy", details={"retry_after": 86400.0})
    world.issuer.trouble = [rest, forever, AWAY]
    await world.comparer()()
    assert world.slept == [7.0, 60.0, 4.0]
    assert world.state is ComparisonState.FINISHED


async def test_it_goes_on_where_an_outage_stopped_it(world: World) -> None:
    await world.know(*many(3))
    world.issuer.subjects = many(2 * PAGE + 3)
    calls = 0

    async def fail_late() -> None:
        nonlocal calls
        calls += 1
        if 1 < calls < 6:
            raise AWAY

    world.issuer.between = fail_late
    await world.comparer()()
    assert world.state is ComparisonState.FAILED
    assert world.erased == []
    assert not await world.comparer("two")()
    world.clock.advance(61)
    assert await world.comparer("two")()
    assert world.state is ComparisonState.FINISHED
    assert world.issuer.pages == [0, *[PAGE] * 5, 2 * PAGE]
    assert world.erased == []


async def test_an_outage_while_it_asks_after_somebody_erases_nobody(world: World) -> None:
    await world.know(*many(40))
    world.issuer.subjects = many(40)[1:]

    async def fail_questions() -> None:
        if world.issuer.asked:
            raise AWAY

    world.issuer.between = fail_questions
    await world.comparer()()
    assert (world.state, world.erased) == (ComparisonState.FAILED, [])


async def test_whoever_lost_the_lease_stops(world: World) -> None:
    world.issuer.subjects = many(2 * PAGE)
    stolen = False

    async def steal() -> None:
        nonlocal stolen
        if not stolen and world.issuer.pages == [0, PAGE]:
            stolen = True
            world.clock.advance(3600)
            assert await world.comparer("two")()

    world.issuer.between = steal
    assert await world.comparer("one")()
    assert world.state is ComparisonState.FINISHED
    assert len(world.store.rows.users) == 2 * PAGE
    # The first one's page was read and thrown away; the second went on from the same place.
    assert world.issuer.pages == [0, PAGE, PAGE, 2 * PAGE]


async def test_an_id_of_another_issuer_does_not_stop_it(world: World) -> None:
    met = Met(
        issuer="https://other.example.org",
        subject="user_0000",
        user_id="user_0000",
        issued_at=world.clock(),
    )
    await MeetUser(world.store, world.clock)(met)
    world.issuer.subjects = many(3)
    await world.comparer()()
    assert world.state is ComparisonState.FINISHED
    assert len(world.store.rows.identities) == 3


async def test_where_no_list_can_be_read_it_says_off(world: World) -> None:
    off = AskComparison(world.store, None, world.clock, lambda: None)
    assert (await off(ReconcileIdentities(actor="ada"))).state == "off"
