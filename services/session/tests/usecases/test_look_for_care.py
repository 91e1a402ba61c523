"""Self-harm is found in texts that obey no rule yet, and in what titles are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.moderation_ports import Checking
from ab_shared.contracts.affirmations import SuggestedTitle, SuggestTitle, WriteAffirmations
from ab_shared.contracts.caring import FoundCare, LookForCare
from ab_shared.contracts.moderation import CountModeration
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.errors import ValidationFailed
from session_memory.moderators import PlayedModerator
from session_memory.rig import Rig

HARD = "I want to kill myself."


@pytest.fixture
def vendor() -> PlayedModerator:
    return PlayedModerator()


@pytest.fixture
async def rig(vendor: PlayedModerator) -> AsyncIterator[Rig]:
    made = Rig(None, Checking(vendor, load_care()))
    await made.start()
    yield made
    await made.stop()


async def look(rig: Rig, *texts: str, zone: str | None = None) -> FoundCare:
    return await rig.ask(LookForCare(user_id="user", texts=texts, timezone=zone))


async def title(rig: Rig, **wish: Any) -> SuggestedTitle:
    return await rig.ask(SuggestTitle(**{"user_id": "user", **wish}))


@pytest.mark.parametrize(
    "text",
    [
        HARD,
        "I w\u0430nt to kill mys\u0435lf",
        "Я хочу умереть",
        "Я хочу... умереть!",
        "Хочу померти",
        "我想死",
        "死にたい",
        "죽고 싶어요",
        "أريد أن أموت",
        "אני רוצה למות",
        "मैं मरना चाहता हूँ",
        "Θέλω αυτοκτονία",
    ],
)
async def test_self_harm_is_found_in_any_script(rig: Rig, text: str) -> None:
    found = await look(rig, "T", text, "")
    assert found.care is not None
    assert found.told is not None
    assert "findahelpline.com" in found.told


@pytest.mark.parametrize(
    "texts",
    [(), ("I rest well", ""), ("Я хочу спать",), ("我想睡觉",), ("nova", "a" * 2_000)],
)
async def test_other_texts_call_for_none(rig: Rig, texts: tuple[str, ...]) -> None:
    assert await look(rig, *texts) == FoundCare()


async def test_it_is_found_across_lines(rig: Rig) -> None:
    assert (await look(rig, "I want to kill", "myself")).care is not None


async def test_nothing_is_asked_outside_or_kept(rig: Rig, vendor: PlayedModerator) -> None:
    before = await rig.ask(CountModeration())
    await look(rig, HARD, "I rest well")
    assert vendor.asked == []
    assert await rig.ask(CountModeration()) == before


async def test_the_zone_of_the_request_counts_where_the_profile_has_none(rig: Rig) -> None:
    assert _region(await look(rig, HARD)) is None
    assert _region(await look(rig, HARD, zone="America/New_York")) == "US"
    assert _region(await look(rig, HARD, zone="Nowhere/Else")) is None
    wish = WriteAffirmations(user_id="user", goal=HARD, timezone="America/New_York")
    care = (await rig.ask(wish)).care
    assert care is not None
    assert care.region == "US"


async def test_the_zone_of_the_profile_comes_first(rig: Rig) -> None:
    moved = UserUpdated(user_id="user", timezone="Europe/Berlin", version=1, updated_at=rig.clock())
    await rig.broker.send(moved)
    await rig.settle()
    assert _region(await look(rig, HARD, zone="America/New_York")) == "DE"


@pytest.mark.parametrize(
    "wish",
    [
        {"goal": HARD},
        {"goal_tag": "suicide"},
        {"lines": ("I rest well", HARD)},
        {"lines": ("I want to kill", "myself")},
    ],
)
async def test_a_title_comes_with_help(
    rig: Rig, vendor: PlayedModerator, wish: dict[str, Any]
) -> None:
    found = await title(rig, **wish)
    assert found.title
    assert found.care is not None
    assert vendor.asked == []


async def test_a_title_for_what_nobody_shall_hear_is_refused(rig: Rig) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await title(rig, goal="rest", lines=("I rest well", "I am selling drugs."))
    assert refused.value.details == {"affirmations.1": "speaks of something illegal"}
    assert (await title(rig, goal="rest")).care is None


def _region(found: FoundCare) -> str | None:
    assert found.care is not None
    return found.care.region
