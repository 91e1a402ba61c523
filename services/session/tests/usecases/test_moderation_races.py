"""A decision that falls between the checking of a text and its writing stops it all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal
from uuid import UUID

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.domain.job import Stage
from ab_session.domain.moderation.verdict import Status, Verdict, reviewed, text_address
from ab_session.moderation_ports import Checking
from ab_session.usecases.block_text import block_text
from ab_shared.contracts import editing, rpc
from ab_shared.contracts.commands import SynthesizeRead
from ab_shared.contracts.moderation import DecideLines, Decision, FlaggedLine, ListFlagged
from ab_shared.errors import ValidationFailed
from ab_shared.testing.infra import NewDatabase
from session_memory.moderators import PlayedModerator
from session_memory.rig import KEY, Rig, draft
from sqlalchemy.ext.asyncio import AsyncEngine

DOUBTFUL = "I am zorbish."


class BusyModerator(PlayedModerator):
    """``meanwhile`` happens while it thinks, once."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def judge(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super().judge(texts)


class Slow(Rig):
    """``meanwhile`` happens while a generation is reserved, once."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    def __init__(self, database: AsyncEngine | None = None) -> None:
        self.vendor = BusyModerator()
        super().__init__(database, Checking(self.vendor, load_care()))

    async def _reserve(self, request: rpc.ReserveGeneration) -> rpc.Entitlement:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super()._reserve(request)

    async def doubtful(self) -> UUID:
        """Somebody's session with a line that waits for a person; the line's id."""
        await self.made(await self.create(draft(DOUBTFUL), user="first"))
        (line,) = (await self.ask(ListFlagged())).lines
        return line.item_id

    async def texts(self) -> Sequence[FlaggedLine]:
        async with self.store.begin() as unit:
            return await unit.moderation.page("pending", None, 50, texts=True)

    async def reject(self, item_id: UUID) -> None:
        await self.decide("reject", item_id)

    async def decide(self, verdict: Literal["approve", "reject"], item_id: UUID) -> None:
        decision = Decision(item_id=item_id, verdict=verdict)
        await self.ask(DecideLines(decisions=(decision,), actor="ada", actor_kind="operator"))


class RaceContract:
    """What holds on every store."""

    async def test_a_create(self, rig: Slow) -> None:
        item = await rig.doubtful()
        spoken = rig.studio.heard(SynthesizeRead)
        rig.meanwhile = lambda: rig.reject(item)
        with pytest.raises(ValidationFailed) as refused:
            await rig.create(draft("I breathe in.", DOUBTFUL))
        assert refused.value.details == {"affirmations.1": "attacks somebody"}
        await rig.settle()
        assert rig.studio.heard(SynthesizeRead) == spoken

    async def test_an_edit(self, rig: Slow) -> None:
        item = await rig.doubtful()
        created = await rig.create(draft("I breathe in."))
        await rig.made(created)
        spoken = rig.studio.heard(SynthesizeRead)
        rig.meanwhile = lambda: rig.reject(item)
        wish = editing.EditSession(
            session_id=created.session.id,
            user_id="user",
            lines=("I breathe in.", "I breathe out.", DOUBTFUL),
        )
        with pytest.raises(ValidationFailed):
            await rig.ask(wish)
        await rig.settle()
        assert rig.studio.heard(SynthesizeRead) == spoken
        left = await rig.session(created.session.id)
        assert left is not None
        assert left.lines == ("I breathe in.",)

    async def test_audio_that_is_asked_for_again(self, rig: Slow) -> None:
        rig.muted = True
        created = await rig.create(draft(DOUBTFUL))
        await rig.ask(rpc.CancelJob(job_id=created.job.id, user_id="user"))
        await rig.settle()
        (line,) = (await rig.ask(ListFlagged())).lines
        rig.meanwhile = lambda: rig.reject(line.item_id)
        with pytest.raises(ValidationFailed):
            await rig.ask(rpc.EnsureAudio(session_id=created.session.id, user_id="user"))
        job = await rig.latest(created.session.id)
        assert job is not None
        assert (job.attempt, job.stage) == (1, Stage.CANCELLED)

    async def test_a_person_is_faster_than_the_vendor(self, rig: Slow) -> None:
        rig.muted = rig.vendor.away = True
        created = await rig.create(draft("I am a zorblax."))
        rig.vendor.away = False
        lines = {line.text: line for line in await rig.texts()}
        item = lines["I am a zorblax."].item_id
        rig.vendor.meanwhile = lambda: rig.decide("approve", item)
        rig.clock.advance(300)
        await rig.wired.recheck()
        job = await rig.job(created.job.id)
        assert job.live
        async with rig.store.begin() as unit:
            assert await unit.moderation.blocked(created.session.id) is None


class TestRacesInMemory(RaceContract):
    @pytest.fixture
    async def rig(self) -> Any:
        rig = Slow()
        await rig.start()
        yield rig
        await rig.stop()


@pytest.mark.real
class TestRacesInPostgres(RaceContract):
    @pytest.fixture
    async def rig(self, database: NewDatabase) -> Any:
        rig = Slow((await database("session")).engine)
        await rig.start()
        yield rig
        await rig.stop()

    async def test_a_create_waits_for_a_decision_that_is_being_written(self, rig: Slow) -> None:
        item = await rig.doubtful()
        address = text_address(KEY, DOUBTFUL)
        async with rig.store.begin() as unit:
            assert await unit.moderation.find(item, hold=True) is not None
            creating = asyncio.create_task(rig.create(draft(DOUBTFUL)))
            done, _ = await asyncio.wait([creating], timeout=1.0)
            assert not done
            at = rig.clock()
            verdict = reviewed(Status.REJECTED, "harassment")
            await unit.moderation.decide(address, verdict, "ada", at)
            await block_text(unit, address, at)
        with pytest.raises(ValidationFailed):
            await creating
