"""What is gone is forgotten, and made again for nothing when somebody wants it."""

from __future__ import annotations

from typing import Any

import pytest
from ab_session.domain.job import Stage
from ab_shared.contracts import rpc
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.commands import RenderTrack, SynthesizeRead
from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.reconciling import ForgetSounds, Kind, ListSounds
from ab_shared.errors import AudioNotReady
from session_memory.rig import Rig

KINDS: tuple[Kind, ...] = ("speech", "prepared", "track", "stem")


async def names(rig: Rig, kind: Kind, *, limit: int = 200) -> tuple[str, ...]:
    bus = rig.broker.bus("operator")
    found: tuple[str, ...] = ()
    after: str | None = ""
    while after is not None:
        page = await bus.call(ListSounds(kind=kind, after=after, limit=limit))
        found += page.names
        after = page.next
    await bus.close()
    return found


async def forget(rig: Rig, kind: Kind, gone: tuple[str, ...]) -> tuple[int, int]:
    bus = rig.broker.bus("operator")
    forgotten = await bus.call(ForgetSounds(kind=kind, names=gone))
    await bus.close()
    return forgotten.sounds, forgotten.sessions


class ForgettingContract:
    """On every store."""

    async def test_everything_gone_is_made_again_for_nothing(self, rig: Rig) -> None:
        created = await rig.create()
        await rig.made(created)
        spoken, rendered = rig.studio.heard(SynthesizeRead), rig.studio.heard(RenderTrack)
        reserved = list(rig.reserved)
        for kind in KINDS:
            known = await names(rig, kind)
            assert known
            assert await forget(rig, kind, known) == (len(known), int(kind == "track"))
            assert await names(rig, kind) == ()
        wanted = rpc.GetPlaybackBundle(session_id=created.session.id, user_id="user")
        with pytest.raises(AudioNotReady):
            await rig.ask(wanted)
        ensured = rpc.EnsureAudio(session_id=created.session.id, user_id="user")
        state = await rig.ask(ensured)
        assert state.job is not None
        await rig.settle()
        assert (await rig.job(state.job.id)).stage is Stage.READY
        assert (rig.studio.heard(SynthesizeRead), rig.studio.heard(RenderTrack)) == (
            *(2 * spoken, 2 * rendered),
        )
        assert rig.reserved == reserved
        assert (await rig.ask(wanted)).session_id == created.session.id

    async def test_watchers_hear_of_sessions_without_audio(self, rig: Rig) -> None:
        created = await rig.create()
        await rig.made(created)
        told = len(rig.broker.messages(SessionChanged))
        tracks = await names(rig, "track")
        await forget(rig, "track", tracks)
        await rig.settle()
        (news,) = rig.broker.messages(SessionChanged)[told:]
        assert news.session_id == created.session.id
        assert await forget(rig, "track", tracks) == (0, 0)
        await rig.settle()
        assert len(rig.broker.messages(SessionChanged)) == told + 1

    async def test_pages_follow_each_other(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        everything = await names(rig, "speech")
        assert len(everything) == 4
        assert await names(rig, "speech", limit=3) == everything == tuple(sorted(everything))


class TestInMemory(ForgettingContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig

    async def test_forgetting_leaves_one_entry(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        known = await names(rig, "track")
        for _ in range(2):
            await forget(rig, "track", known)
        [entry] = [m for m in await rig.memory.sent() if isinstance(m, AuditRecorded)]
        assert (entry.actor, entry.action, entry.subject) == (
            *("operator", "sounds.forget"),
            "sounds:track",
        )
        assert entry.after == {"sounds": 1, "sessions": 1}


@pytest.mark.real
class TestOnPostgres(ForgettingContract):
    @pytest.fixture
    def rig(self, postgres_rig: Any) -> Rig:
        rig: Rig = postgres_rig
        return rig
