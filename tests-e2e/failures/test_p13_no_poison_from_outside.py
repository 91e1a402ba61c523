"""P13: a vendor that misbehaves, or a store that trickles, holds neither workers nor others up."""

from __future__ import annotations

import asyncio
import time

import pytest
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import DependencyUnavailable
from ab_shared.storage import s3
from ab_shared.storage.s3 import ObjectStore
from failures.actor import Actor
from failures.evil_provider import AT_ONCE, VOICES
from failures.listener import Listener, listening, new_line
from failures.troupe import Troupe, eventually
from failures.wrapped import EVIL_SPEECH
from pydantic import SecretStr
from simulators.evil_speech import EvilSpeech, evil_speech

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

CAST = ("entitlement", "tts-evil", "stitching", "session")
DEADLINE_SECONDS = 4.0
BEHAVED = {"alloy", "nova"}


async def test_a_vendor_in_trouble_is_nobody_elses(troupe: Troupe) -> None:
    async with evil_speech() as vendor:
        actor = troupe.actor("tts-evil", TTS_DEADLINE_SECONDS=str(DEADLINE_SECONDS))
        # Session keeps the voices of the day for a minute.
        troupe.only()
        actor.start(**{EVIL_SPEECH: vendor.url})
        troupe.only(*CAST)
        async with listening(troupe, lasts=90) as listener:
            await _only_its_own_voices_suffer(troupe, listener, actor, vendor)
        troupe.only()


async def _only_its_own_voices_suffer(
    troupe: Troupe, listener: Listener, actor: Actor, vendor: EvilSpeech
) -> None:
    left = await listener.left()
    memory = actor.resident_mib()
    voices = VOICES.keys() - BEHAVED
    poisoned = [await listener.create([new_line()], voice_id=voice) for voice in voices]
    others = await _others_go_on(listener)
    ended = await asyncio.gather(*(listener.ended(p.job.id, 100) for p in poisoned))

    async def let_go() -> bool:
        return sum(vendor.open.values()) == 0

    # The other read of each line may be on its last attempt.
    await eventually(let_go)
    await troupe.quiet()
    assert {(job.status, (job.error or "")[:8]) for job in ended} == {("failed", "Line 1: ")}
    assert all("voice" in (job.error or "") for job in ended)
    assert left - await listener.left() == others
    # The vendor may take the next connection before it looks at the end of the last one.
    assert all(most <= 2 * AT_ONCE for most in vendor.most.values()), vendor.most
    # Five in a row, then one now and then: an hour of 429 is no hour of asking.
    assert all(vendor.asked[VOICES[voice]] <= 8 for voice in voices)
    assert actor.resident_mib() - memory < 100
    assert await troupe.dead() == 0
    # Once the queues are quiet nobody asks again, but the last call may be on its way out.
    await eventually(let_go)
    assert await troupe.rows("tts", "SELECT 1 FROM reads WHERE speech_key IS NULL") == []


async def _others_go_on(listener: Listener) -> int:
    """Lines of the well-behaved voices are spoken while the vendor sits on its own."""
    done: list[JobSnapshot] = []
    for voice in ("alloy", "nova", "alloy"):
        created = await listener.create([new_line()], voice_id=voice)
        done.append(await listener.ended(created.job.id, 30))
    assert [job.status for job in done] == ["completed"] * 3
    return len(done)


class Access:
    """The run's store behind its proxy; implements ``storage.ports.Access``."""

    def __init__(self, troupe: Troupe) -> None:
        server = troupe.bucket.server
        self.aws_endpoint_url_s3 = f"http://127.0.0.1:{troupe.proxies['s3'].port}"
        self.aws_access_key_id: SecretStr | None = server.aws_access_key_id
        self.aws_secret_access_key: SecretStr | None = server.aws_secret_access_key
        self.aws_region = server.aws_region


async def test_a_store_that_trickles_is_left(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "OPERATION_SECONDS", 1.0)
    troupe.proxies.heal()
    async with ObjectStore(Access(troupe), troupe.bucket.name) as store:
        await store.put("trickle/there", bytes(200_000), "audio/wav")
        # The client waits 20 s for the next byte: one comes every tenth of a second.
        troupe.proxies["s3"].throttle(20)
        for asking in (
            store.get("trickle/there", max_bytes=200_000),
            store.put("trickle/new", bytes(200_000), "audio/wav"),
            store.head("trickle/there"),
            store.check(),
        ):
            began = time.monotonic()
            with pytest.raises(DependencyUnavailable):
                await asking
            assert time.monotonic() - began < 4
        troupe.proxies["s3"].heal()
        assert len(await store.get("trickle/there")) == 200_000
        await store.delete("trickle/there")
