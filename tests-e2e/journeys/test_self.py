"""What a listener tells of themselves, and what follows from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.selves import Selves
from ab_shared.contracts.http_selves import (
    CurationPreferencesIn,
    MixWish,
    PreferencesIn,
    ValueIn,
)

pytestmark = pytest.mark.journey
WAKE_UP = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")


async def test_a_listener_is_known_to_themselves_only(user: ApiClient, new_user: Any) -> None:
    me, other = Selves(user), Selves(await new_user())
    told = [
        ValueIn(value_id="family", value_text="Time with my family"),
        ValueIn(value_id="work", value_text="Honest work"),
    ]
    assert await me.save_values(told) == 2
    assert await me.save_struggle("  I lie awake and plan ") == "I lie awake and plan"
    await me.save_curation_preferences(CurationPreferencesIn(primary_goal="Sleep"))
    assert [(one.value_id, one.rank) for one in await me.values()] == [("family", 1), ("work", 2)]
    assert await me.struggle() == "I lie awake and plan"
    wishes = await me.curation_preferences()
    assert wishes is not None
    assert (wishes.primary_goal, wishes.voice_preference) == ("Sleep", None)
    assert (await other.values(), await other.struggle()) == ([], None)
    assert await other.curation_preferences() is None


async def test_the_saved_mix_and_background_are_in_every_bundle(user: ApiClient) -> None:
    state = await user.ensure_audio(WAKE_UP)
    if state.job_id:
        await wait_for(user, state.job_id)
    before = await user.bundle(WAKE_UP)
    assert (before.mix.binaural, before.mix.background) == (0.05, 0.3)
    wanted = PreferencesIn(mix=MixWish(binaural=0.2, background=0.1), background_id="Forest Rain")
    kept = await Selves(user).save_preferences(wanted)
    assert (kept.mix.affirmations, kept.mix.binaural, kept.pace) == (1, 0.2, "slow")
    after = await user.bundle(WAKE_UP)
    assert (after.mix.binaural, after.mix.background) == (0.2, 0.1)
    # Until the rain is made the session's own background plays.
    file = after.background.url_by_platform.ios.partition("?")[0].rpartition("/")[2]
    assert file in {"Forest%20Rain.m4a", "Babbling%20Brook.m4a"}


async def test_bad_input_names_its_field_and_changes_nothing(user: ApiClient) -> None:
    me = Selves(user)
    await me.save_struggle("kept")
    for value in (
        [ValueIn(value_id="a", value_text="A"), ValueIn(value_id="a", value_text="B")],
        [
            ValueIn(value_id="a", value_text="A", rank=1),
            ValueIn(value_id="b", value_text="B", rank=1),
        ],
    ):
        with pytest.raises(ApiRefusal) as refused:
            await me.save_values(value)
        assert refused.value.status == 400
    assert await me.values() == []
    assert await me.struggle() == "kept"
