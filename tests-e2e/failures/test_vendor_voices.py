"""Sessions spoken by a vendor over HTTP: rendered, paid for once, handed on when it is away."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.captions import GetCaptions
from failures.actor import Actor
from failures.listener import Listener, listening, new_line
from failures.troupe import Troupe, eventually
from simulators.elevenlabs_app import ElevenLabs
from simulators.running import serving

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

KEY = "a-key-of-the-vendor"
CAST = ("entitlement", "tts-vendor", "stitching", "session")
CALLS = "SELECT speech_address, outcome, micros FROM vendor_calls WHERE speech_address = ANY($1)"


class Stage:
    """A listener, the vendor, and the process that calls it."""

    def __init__(
        self, troupe: Troupe, listener: Listener, vendor: ElevenLabs, actor: Actor
    ) -> None:
        self.troupe = troupe
        self.listener = listener
        self.vendor = vendor
        self.actor = actor

    async def calls(self, provider: str = "elevenlabs") -> list[dict[str, Any]]:
        """The ledger, of reads that were made by a provider."""
        query = "SELECT speech_address FROM reads WHERE provider = $1"
        made = await self.troupe.rows("tts", query, provider)
        return await self.troupe.rows("tts", CALLS, [row["speech_address"] for row in made])

    async def report(self, session: rpc.SessionView) -> rpc.AudioReport:
        """What is told of a track."""
        user = self.listener.user_id
        return await self.listener.ask(rpc.GetAudioReport(session_id=session.id, user_id=user))

    async def recipe(self, session: rpc.SessionView) -> dict[str, Any]:
        """The pin."""
        query = "SELECT recipe FROM sessions WHERE id = $1"
        found: dict[str, Any] = json.loads(
            (await self.troupe.rows("session", query, session.id))[0]["recipe"]
        )
        return found


@pytest.fixture
async def stage(troupe: Troupe) -> AsyncIterator[Stage]:
    async with _stage(troupe) as found:
        yield found


@asynccontextmanager
async def _stage(troupe: Troupe) -> AsyncIterator[Stage]:
    vendor = ElevenLabs(KEY)
    with serving(vendor.app()) as url:
        # Session keeps the voices of the day for a minute: it starts anew with the cast.
        troupe.only()
        actor = troupe.actor("tts-vendor")
        actor.start(
            TTS_PROVIDERS='["elevenlabs", "embedded"]',
            ELEVENLABS_API_KEY=KEY,
            ELEVENLABS_BASE_URL=url,
            TTS_VENDOR_CALL_SECONDS="5",
        )
        troupe.only(*CAST)
        async with listening(troupe) as listener:
            yield Stage(troupe, listener, vendor, actor)
        troupe.only()


async def test_a_session_is_rendered_in_the_vendors_voice(stage: Stage) -> None:
    created = await stage.listener.create([new_line(), new_line()])
    assert (await stage.listener.ended(created.job.id)).status == "completed"
    assert (await stage.recipe(created.session))["provider"] == "elevenlabs"
    assert (await stage.report(created.session)).instead_of is None
    assert sorted(stage.vendor.spoken.values()) == [1, 1, 1, 1]
    captions = await stage.listener.ask(
        GetCaptions(session_id=created.session.id, user_id=stage.listener.user_id)
    )
    assert captions.cues
    assert all(cue.words for cue in captions.cues)
    calls = await stage.calls()
    assert all(call["outcome"] == "spoken" and call["micros"] > 0 for call in calls)


async def test_a_vendor_that_is_away_hands_the_whole_track_on(stage: Stage) -> None:
    stage.vendor.vendor.faults.add("status", "speech", status=500, times=10_000)
    created = await stage.listener.create([new_line()])
    ended = await stage.listener.ended(created.job.id, 100)
    assert (ended.status, ended.error) == ("completed", None)
    recipe = await stage.recipe(created.session)
    assert (recipe["provider"], recipe["instead_of"]) == ("embedded", "elevenlabs")
    assert (await stage.report(created.session)).instead_of == "elevenlabs"
    assert not stage.vendor.spoken


async def test_an_account_that_is_used_up_hands_it_on_at_once(stage: Stage) -> None:
    stage.vendor.vendor.faults.add(
        "status", "speech", status=401, code="quota_exceeded", times=10_000
    )
    created = await stage.listener.create([new_line()])
    assert (await stage.listener.ended(created.job.id, 60)).status == "completed"
    assert (await stage.recipe(created.session))["provider"] == "embedded"
    # One for each read that was under way when the first was refused.
    assert len(stage.vendor.vendor.calls) <= 2


async def test_who_is_killed_between_paying_and_storing_pays_once(stage: Stage) -> None:
    before = {row["speech_address"] for row in await stage.calls()}
    stage.actor.die_at("before-store", "speech")
    created = await stage.listener.create([new_line()])
    assert await eventually(stage.actor.gone) == -9
    spooled = "SELECT speech_address FROM paid_speech"
    assert await stage.troupe.rows("tts", spooled)
    stage.troupe.ensure("tts-vendor")
    assert (await stage.listener.ended(created.job.id)).status == "completed"
    mine = [row for row in await stage.calls() if row["speech_address"] not in before]
    paid = [row["speech_address"] for row in mine if row["outcome"] == "spoken"]
    assert len(paid) == len(set(paid)) == 2
    assert await stage.troupe.rows("tts", spooled) == []
