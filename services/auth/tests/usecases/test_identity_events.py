"""An issuer's news of its users: late, repeated, overtaken, cut off half-way."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from ab_auth.domain.identities import Outsider
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.say_goodbye import SayGoodbye
from ab_auth.usecases.store_identity_event import StoreIdentityEvent
from ab_shared.contracts import rpc
from ab_shared.contracts.identity_events import MeetUser as Met
from ab_shared.contracts.identity_events import StoreIdentityEvent as Event
from ab_shared.contracts.revoking import KeepRevocation, TokensRevoked
from ab_shared.errors import Conflict, DependencyUnavailable, NotFound
from ab_shared.testing.clock import FakeClock
from auth_memory.identities import Eraser

CLERK = "https://clerk.example.org"
LIFE = timedelta(hours=1)


class Desk:
    """Auth's ears for one issuer."""

    def __init__(self, store: Any, clock: FakeClock) -> None:
        self.store, self.clock, self.eraser = store, clock, Eraser()
        self.take = StoreIdentityEvent(store, SayGoodbye(self.eraser), clock, LIFE)
        self.meet = MeetUser(store, clock)
        self._ids = itertools.count()

    async def hear(self, kind: str, user: str = "user_a", **more: Any) -> bool:
        values: dict[str, Any] = {
            "event_id": f"msg_{next(self._ids)}",
            "event_type": kind,
            "issuer": CLERK,
            "subject": user,
            "user_id": user,
            "changed_at": self.clock(),
        }
        return (await self.take(Event(**{**values, **more}))).new

    async def token_of(self, user: str = "user_a", **more: Any) -> None:
        met = {"issuer": CLERK, "subject": user, "user_id": user, "issued_at": self.clock()}
        await self.meet(Met(**{**met, **more}))

    @property
    def users(self) -> list[str]:
        return list(self.store.rows.users)

    @property
    def revoked(self) -> list[TokensRevoked]:
        sent = self.store.transactions.sent
        told = [one for one in sent if isinstance(one, TokensRevoked)]
        # Each is told durably too, for when no gateway is up.
        assert told == [one.revoked for one in sent if isinstance(one, KeepRevocation)]
        return told


@pytest.fixture
def ears(memory_store: Any, clock: FakeClock) -> Desk:
    return Desk(memory_store, clock)


async def test_a_user_is_made_by_whichever_news_comes_first(ears: Desk) -> None:
    await ears.token_of("user_a")
    assert await ears.hear("user.created", "user_a")
    assert await ears.hear("user.created", "user_b")
    await ears.token_of("user_b")
    await ears.hear("user.updated", "user_c")
    assert ears.users == ["user_a", "user_b", "user_c"]
    assert await ears.store.sent() == ["auth.user_registered.v1"] * 3


async def test_an_event_that_is_sent_again_is_old(ears: Desk) -> None:
    assert await ears.hear("user.created", event_id="msg_x")
    assert not await ears.hear("user.created", event_id="msg_x")


async def test_a_type_nobody_knows_changes_nothing(ears: Desk) -> None:
    assert await ears.hear("user.levitated")
    assert ears.users == []


@pytest.mark.parametrize("how", ["session.revoked", "session.ended", "session.removed"])
async def test_a_sign_in_that_ends_takes_its_tokens_along(ears: Desk, how: str) -> None:
    await ears.hear(how, session_id="sess_1")
    [gone] = ears.revoked
    assert (gone.user_id, gone.session_ids) == ("user_a", ("sess_1",))
    assert gone.issued_until is None
    assert gone.forget_at == ears.clock() + LIFE


async def test_a_deletion_starts_the_erasure_whether_we_know_them_or_not(ears: Desk) -> None:
    await ears.token_of("user_a")
    assert await ears.hear("user.deleted", "user_a")
    assert await ears.hear("user.deleted", "user_unknown")
    asked = [(one.user_id, one.requested_by) for one in ears.eraser.asked]
    assert asked == [("user_a", "clerk"), ("user_unknown", "clerk")]


async def test_late_news_and_old_tokens_do_not_bring_back_who_is_gone(ears: Desk) -> None:
    await ears.hear("user.deleted")
    await ears.hear("user.created")
    await ears.hear("user.updated")
    ears.clock.advance(3600)
    await ears.token_of()
    assert ears.users == []
    with pytest.raises(NotFound):
        await GetProfile(ears.store, None, ears.clock)(
            rpc.GetProfile(user_id="user_a", issuer=CLERK)
        )


async def test_an_erasure_that_could_not_begin_is_begun_when_told_again(ears: Desk) -> None:
    ears.eraser.fails_with = DependencyUnavailable("no")
    with pytest.raises(DependencyUnavailable):
        await ears.hear("user.deleted", event_id="msg_x")
    assert ears.eraser.asked == []
    assert await ears.hear("user.deleted", event_id="msg_x")
    assert len(ears.eraser.asked) == 1
    assert not await ears.hear("user.deleted", event_id="msg_x")
    assert len(ears.eraser.asked) == 1


async def test_somebody_erased_here_comes_back_by_a_new_token_only(ears: Desk) -> None:
    await ears.token_of()
    who = Outsider(CLERK, "user_a", "user_a")
    async with ears.store.begin() as unit:
        gone = SayGoodbye(ears.eraser)
        await gone.remember(unit, who, ears.clock())
        # Erased here while the issuer has them still.
        left = unit.rows.news.departures[who.digest]
        unit.rows.news.departures[who.digest] = type(left)(left.departed_at, gone=False)
        unit.rows.users.clear()
        unit.rows.identities.clear()
    await ears.token_of()
    await ears.hear("user.updated")
    assert ears.users == []
    ears.clock.advance(1)
    await ears.token_of()
    assert ears.users == ["user_a"]


async def test_a_ban_revokes_what_was_issued_and_an_older_one_does_not_count(ears: Desk) -> None:
    then = ears.clock()
    ears.clock.advance(60)
    await ears.hear("user.updated", banned=False)
    await ears.hear("user.updated", banned=True, changed_at=then)
    assert ears.revoked == []
    ears.clock.advance(60)
    await ears.hear("user.updated", banned=True)
    [banned] = ears.revoked
    assert banned.issued_until == ears.clock()


async def test_an_id_of_another_issuer_is_not_taken_over(ears: Desk) -> None:
    await ears.token_of("user_a", issuer="https://other.example.org")
    with pytest.raises(Conflict):
        await ears.hear("user.created", "user_a")
    # A token: nobody waits for an answer, so it is only written down.
    await ears.token_of("user_a")
    assert list(ears.store.rows.identities) == [("https://other.example.org", "user_a")]


async def test_a_prefix_that_changed_is_noticed(ears: Desk) -> None:
    await ears.token_of("user_a")
    ears.clock.advance(1)
    with pytest.raises(Conflict):
        await ears.hear("user.updated", "user_a", user_id="clerk:user_a")
