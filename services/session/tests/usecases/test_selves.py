"""What listeners tell, asked and told as the gateway does it."""

from __future__ import annotations

import logging
from typing import Any
from uuid import uuid4

import pytest
from ab_shared.contracts import rpc, selves
from ab_shared.contracts.mixdowns import GetDownload, RequestMixdown
from ab_shared.contracts.preferences import Preferences
from ab_shared.contracts.privacy import ErasureRequested, UserErased
from ab_shared.contracts.stems import background_stem
from ab_shared.errors import AudioNotReady, Conflict, ValidationFailed
from session_memory.rig import Rig

MIX = rpc.Mix(affirmations=0.9, binaural=0.2, background=0.1)
SECRET = "what nobody else shall read"


@pytest.fixture
def rig(memory_rig: Rig) -> Rig:
    return memory_rig


def given(*ranked: tuple[str, int | None]) -> tuple[selves.GivenValue, ...]:
    return tuple(
        selves.GivenValue(value_id=value_id, value_text=f"Text of {value_id}", rank=rank)
        for value_id, rank in ranked
    )


async def ranks(rig: Rig, *ranked: tuple[str, int | None]) -> list[tuple[str, int | None]]:
    kept = await rig.ask(selves.SaveValues(user_id="user", values=given(*ranked)))
    assert kept == await rig.ask(selves.GetValues(user_id="user"))
    return [(value.value_id, value.rank) for value in kept.values]


async def prefer(rig: Rig, user: str = "user", **said: Any) -> selves.KeptPreferences:
    wanted = Preferences.model_validate(said)
    return await rig.ask(selves.SavePreferences(user_id=user, preferences=wanted))


async def test_without_ranks_the_first_three_get_them(rig: Rig) -> None:
    unranked = [("a", None), ("b", None), ("c", None), ("d", None)]
    assert await ranks(rig, *unranked) == [("a", 1), ("b", 2), ("c", 3), ("d", None)]
    assert await ranks(rig, ("a", None)) == [("a", 1)]
    assert await ranks(rig, ("x", None), ("y", 1)) == [("y", 1), ("x", None)]
    assert await ranks(rig) == []


@pytest.mark.parametrize("wrong", [[("a", 1), ("a", 2)], [("a", 1), ("b", 1)]])
async def test_what_comes_twice_is_refused_and_changes_nothing(
    rig: Rig, wrong: list[tuple[str, int]]
) -> None:
    await ranks(rig, ("kept", 1))
    with pytest.raises(ValidationFailed) as refused:
        await ranks(rig, *wrong)
    assert list((refused.value.details or {}).values()) == ["comes twice"]
    kept = await rig.ask(selves.GetValues(user_id="user"))
    assert [value.value_id for value in kept.values] == ["kept"]


@pytest.mark.parametrize(
    ("said", "kept"), [("  I lie awake\t", "I lie awake"), ("   ", None), ("", None), (None, None)]
)
async def test_a_struggle_is_trimmed_and_blanks_are_none(
    rig: Rig, said: str | None, kept: str | None
) -> None:
    await rig.ask(selves.SaveStruggle(user_id="user", struggle="before"))
    saved = await rig.ask(selves.SaveStruggle(user_id="user", struggle=said))
    assert saved.struggle == kept
    assert await rig.ask(selves.GetStruggle(user_id="user")) == saved
    assert (await rig.ask(selves.GetStruggle(user_id="somebody"))).struggle is None


async def test_a_struggle_has_two_hundred_characters_after_trimming(rig: Rig) -> None:
    await rig.ask(selves.SaveStruggle(user_id="user", struggle=" " + "x" * 200 + " "))
    with pytest.raises(ValidationFailed):
        await rig.ask(selves.SaveStruggle(user_id="user", struggle="x" * 201))


async def test_nothing_private_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    value = selves.GivenValue(value_id="own", value_text=SECRET)
    asked = [
        selves.SaveStruggle(user_id="user", struggle=SECRET),
        selves.SaveValues(user_id="user", values=(value,)),
    ]
    for request in asked:
        await rig.ask(request)
        assert SECRET not in repr(request)
    await prefer(rig, voice_id=SECRET, background_id=SECRET)
    assert SECRET not in caplog.text
    assert SECRET not in repr([record.__dict__ for record in caplog.records])


async def test_preferences_are_the_defaults_until_they_are_saved(rig: Rig) -> None:
    assert (await rig.ask(selves.GetPreferences(user_id="user"))).preferences == Preferences()
    saved = await prefer(rig, voice_id="Onyx", pace="fast", mix=MIX)
    assert (saved.preferences.voice_id, saved.preferences.pace) == ("onyx", "fast")
    assert await rig.ask(selves.GetPreferences(user_id="user")) == saved


async def test_an_unknown_voice_is_nova_and_a_log_line_says_so(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert (await prefer(rig, voice_id="borealis")).preferences.voice_id == "nova"
    assert "unknown voice" in caplog.text
    assert (await prefer(rig, voice_id="neutral")).preferences.voice_id == "neutral"


@pytest.mark.parametrize(
    ("said", "kept"),
    [("nope", "ocean"), ("ocean", "ocean"), ("Forest Rain", "Forest Rain"), ("storm", "storm")],
)
async def test_an_unknown_background_is_ocean_and_a_log_line_says_so(
    rig: Rig, caplog: pytest.LogCaptureFixture, said: str, kept: str
) -> None:
    caplog.set_level(logging.INFO)
    assert (await prefer(rig, background_id=said)).preferences.background_id == kept
    assert ("unknown background" in caplog.text) == (said == "nope")


async def test_a_write_that_names_what_is_gone_is_refused(rig: Rig) -> None:
    tag = selves.tag_of(Preferences())
    wanted = Preferences(voice_id="alloy")
    request = selves.SavePreferences(user_id="user", preferences=wanted, only_if=tag)
    saved = await rig.ask(request)
    with pytest.raises(Conflict):
        await rig.ask(request)
    again = request.model_copy(update={"only_if": selves.tag_of(saved.preferences)})
    assert await rig.ask(again) == saved


async def test_curation_preferences_are_none_until_they_are_said(rig: Rig) -> None:
    ask = selves.GetCurationPreferences(user_id="user")
    assert (await rig.ask(ask)).preferences is None
    said = selves.CurationPreferences(primary_goal="Sleep", sound_preference="Balanced")
    await rig.ask(selves.SaveCurationPreferences(user_id="user", preferences=said))
    assert (await rig.ask(ask)).preferences == said


async def bundle(rig: Rig, session_id: Any, user: str | None = "user") -> rpc.PlaybackBundle:
    return await rig.ask(rpc.GetPlaybackBundle(session_id=session_id, user_id=user))


async def test_a_bundle_has_the_saved_mix_and_background(rig: Rig) -> None:
    created = await rig.create()
    await rig.made(created)
    before = await bundle(rig, created.session.id)
    assert before.mix == rpc.Mix()
    assert before.background.asset.key.endswith("babbling-brook.m4a")
    await prefer(rig, mix=MIX, background_id="ocean")
    # The first one asks for the stem; until it is there the session's own plays.
    first = await bundle(rig, created.session.id)
    assert (first.mix, first.background) == (MIX, before.background)
    await rig.settle()
    after = await bundle(rig, created.session.id)
    assert after.background.asset.key.endswith("distant-ocean.m4a")
    assert after.binaural == before.binaural


async def test_a_background_that_nobody_knows_is_the_sessions_own(rig: Rig) -> None:
    created = await rig.create()
    await rig.made(created)
    # As it was kept before such a name was refused.
    async with rig.store.begin() as unit:
        wanted = Preferences(background_id="The Moon", mix=MIX)
        await unit.selves.save_preferences("user", wanted, rig.clock())
    played = await bundle(rig, created.session.id)
    assert played.background.asset.key.endswith("babbling-brook.m4a")
    assert played.mix == MIX


async def test_a_mixdown_that_names_none_has_the_saved_mix_and_background(rig: Rig) -> None:
    created = await rig.create()
    await rig.made(created)
    await prefer(rig, mix=MIX, background_id="Forest Rain")
    wish = RequestMixdown(session_id=created.session.id, user_id="user", minutes=30)
    with pytest.raises(AudioNotReady):
        await rig.ask(wish)
    await rig.settle()
    await rig.ask(wish)
    await rig.settle()
    named = {"mix": rpc.Mix(), "background_id": background_stem(None).stem_id}
    await rig.ask(wish.model_copy(update=named))
    await rig.settle()
    saved, chosen = rig.mixing
    assert (saved.mix, saved.background.asset.key.split("/")[-1]) == (MIX, "forest-rain.m4a")
    assert (chosen.mix, chosen.background.asset.key.split("/")[-1]) == (
        rpc.Mix(),
        "babbling-brook.m4a",
    )


@pytest.mark.real
async def test_what_is_told_while_one_is_erased_goes_too(postgres_rig: Rig) -> None:
    rig, erasure = postgres_rig, uuid4()
    ask = selves.GetStruggle(user_id="user")
    for said in ("before", "meanwhile"):
        await rig.ask(selves.SaveStruggle(user_id="user", struggle=said))
        await rig.ask(selves.SaveStruggle(user_id="somebody", struggle=said))
        if said == "before":
            await rig.broker.send(ErasureRequested(erasure_id=erasure, user_id="user"))
        else:
            await rig.broker.send(UserErased(erasure_id=erasure))
        await rig.settle()
        assert (await rig.ask(ask)).struggle is None
    kept = await rig.ask(selves.GetStruggle(user_id="somebody"))
    assert kept.struggle == "meanwhile"


async def test_the_saved_background_is_among_the_files_to_keep(rig: Rig) -> None:
    created = await rig.create()
    await rig.made(created)
    await prefer(rig, background_id="Heavy Rain")
    for name in ("babbling-brook.m4a", "heavy-rain.m4a"):
        manifest = await rig.ask(GetDownload(session_id=created.session.id, user_id="user"))
        assert [i.file_name for i in manifest.items if i.role == "background"] == [name]
        # It asks for what is missing.
        await bundle(rig, created.session.id)
        await rig.settle()
