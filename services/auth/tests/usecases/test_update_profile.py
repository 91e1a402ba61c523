"""What people may change about themselves."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.update_profile import UpdateProfile
from ab_shared.contracts import rpc
from ab_shared.contracts.profiles import UpdateProfile as Wanted
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.errors import NotFound, ValidationFailed
from ab_shared.testing.clock import FakeClock

BUILTIN = "https://auth.test"
CLERK = "https://clerk.example.org"
NEWS = "auth.user_updated.v1"


@pytest.fixture
def update(memory_store: Any, clock: FakeClock) -> UpdateProfile:
    return UpdateProfile(memory_store, GetProfile(memory_store, BUILTIN, clock), clock)


def wanted(zone: str | None, issuer: str = CLERK) -> Wanted:
    return Wanted(user_id="user_2abc", issuer=issuer, timezone=zone)


async def test_another_zone_is_kept_counted_and_told(
    update: UpdateProfile, memory_store: Any, clock: FakeClock
) -> None:
    changed = await update(wanted("Europe/Berlin"))
    assert (changed.timezone, changed.version) == ("Europe/Berlin", 1)
    assert await update.profile(rpc.GetProfile(user_id="user_2abc", issuer=CLERK)) == changed
    assert memory_store.transactions.sent[-1] == UserUpdated(
        user_id="user_2abc", timezone="Europe/Berlin", version=1, updated_at=clock()
    )


async def test_the_same_zone_again_is_no_change(update: UpdateProfile, memory_store: Any) -> None:
    once = await update(wanted("Asia/Tokyo"))
    assert await update(wanted("Asia/Tokyo")) == once
    assert await update(wanted(None)) == once
    assert (await memory_store.sent()).count(NEWS) == 1


async def test_many_at_once_are_counted_one_by_one(
    update: UpdateProfile, memory_store: Any
) -> None:
    zones = ["Asia/Tokyo", "Europe/Berlin", "America/Lima"] * 3
    await asyncio.gather(*(update(wanted(zone)) for zone in zones))
    news = [told for told in memory_store.transactions.sent if isinstance(told, UserUpdated)]
    assert [told.version for told in news] == list(range(1, len(news) + 1))
    [user] = memory_store.rows.users.values()
    assert (user.timezone, user.version) == (news[-1].timezone, news[-1].version)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "europe/berlin", "../etc/passwd", "UTC\n", "x" * 500]
)
async def test_what_is_no_zone_is_refused(
    update: UpdateProfile, memory_store: Any, zone: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await update(wanted(zone))
    assert refused.value.details == {"field": "timezone"}
    assert NEWS not in await memory_store.sent()


async def test_nobody_changes_nothing(update: UpdateProfile) -> None:
    with pytest.raises(NotFound):
        await update(wanted("Asia/Tokyo", issuer=BUILTIN))
