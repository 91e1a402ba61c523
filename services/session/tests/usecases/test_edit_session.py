"""Edits: what is new is spoken and paid for, once, and nothing else is; on every store."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.job import Stage
from ab_session.domain.session import Generation
from ab_shared.contracts import editing, rpc
from ab_shared.contracts.commands import PrepareRead, PublishStem, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import GenerationSettled, JobChanged, SessionChanged
from ab_shared.errors import (
    AudioNotReady,
    Conflict,
    Forbidden,
    FreeLimitReached,
    NotFound,
    ValidationFailed,
)
from session_memory.rig import LINES, Rig, draft

NEW = "I welcome what this day brings."
WAKE_UP = CATALOGUE[0]


class Editor:
    """One session of a listener's, its audio made, and what is done to it."""

    def __init__(self, rig: Rig, session_id: UUID, version: int) -> None:
        self.rig, self.id, self.version = rig, session_id, version

    async def edit(self, **changes: Any) -> editing.EditedSession:
        request = {"session_id": self.id, "user_id": "user", **changes}
        return await self.rig.ask(editing.EditSession.model_validate(request))

    async def bundle(self) -> rpc.PlaybackBundle:
        return await self.rig.ask(rpc.GetPlaybackBundle(session_id=self.id, user_id="user"))

    async def read(self) -> rpc.SessionView:
        return await self.rig.ask(rpc.GetSession(session_id=self.id, user_id="user"))

    async def ensure(self) -> rpc.AudioState:
        return await self.rig.ask(rpc.EnsureAudio(session_id=self.id, user_id="user"))

    def heard(self, kind: type[Any]) -> int:
        return self.rig.studio.heard(kind)

    def held(self) -> int:
        """Generations that were taken and not given back."""
        return len(self.rig.holding)

    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.rig.broker.messages(GenerationSettled)]


async def ready(rig: Rig, **changes: object) -> Editor:
    created = await rig.create(draft(**changes))
    await rig.made(created)
    rig.studio.asked.clear()
    return Editor(rig, created.session.id, 2)


class EditContract:
    """What holds on every store."""

    async def test_one_line_is_two_reads_and_one_generation(self, rig: Rig) -> None:
        mine = await ready(rig)
        edited = await mine.edit(lines=(LINES[0], NEW))
        assert (edited.new_reads, edited.session.lines) == (2, (LINES[0], NEW))
        assert edited.job is not None
        assert edited.session.audio is None
        await rig.settle()
        assert mine.heard(SynthesizeRead) == mine.heard(PrepareRead) == 2
        assert mine.heard(RenderTrack) == 1
        spoken = {c.text for c in rig.studio.asked if isinstance(c, SynthesizeRead)}
        assert spoken == {NEW}
        after = await mine.read()
        assert after.audio is not None
        assert after.version == mine.version + 2
        assert mine.outcomes() == ["committed", "committed"]
        assert mine.held() == 2
        versions = [e.version for e in rig.broker.messages(SessionChanged)]
        assert versions == [1, 2, 3, 4]
        assert (await mine.bundle()).track.asset == after.audio.track

    async def test_lines_in_another_order_are_merged_and_cost_nothing(self, rig: Rig) -> None:
        mine = await ready(rig)
        edited = await mine.edit(lines=LINES[::-1])
        assert edited.new_reads == 0
        await rig.settle()
        assert (mine.heard(SynthesizeRead), mine.heard(RenderTrack)) == (0, 1)
        assert (await mine.read()).audio is not None
        assert mine.held() == 1

    async def test_a_title_needs_nobody(self, rig: Rig) -> None:
        mine = await ready(rig)
        edited = await mine.edit(title=" Another  ", goal={"tag": None})
        assert (edited.session.title, edited.job) == ("Another", None)
        assert edited.session.version == mine.version + 1
        assert edited.session.audio is not None
        assert not rig.studio.asked
        assert mine.held() == 1

    async def test_a_bed_is_a_stem_and_no_read(self, rig: Rig) -> None:
        mine = await ready(rig)
        edited = await mine.edit(bed={"solfeggio_hz": 530})
        view = edited.session
        assert (view.solfeggio_hz, view.frequency_hz, view.brainwave_state) == (528, None, None)
        assert edited.job is None
        await rig.settle()
        assert mine.heard(PublishStem) == 1
        assert mine.heard(SynthesizeRead) == mine.heard(RenderTrack) == 0
        assert (await mine.bundle()).solfeggio is not None
        back = (await mine.edit(bed={})).session
        assert (back.frequency_hz, back.brainwave_state) == (10, "Alpha")
        assert mine.held() == 1

    async def test_a_bed_follows_the_goal_it_came_with_and_no_other(self, rig: Rig) -> None:
        mine = await ready(rig, goal_tag="focus")
        assert (await mine.edit(goal={"tag": "Sleep"})).session.frequency_hz == 3
        await mine.edit(bed={"frequency_hz": 17})
        assert (await mine.edit(goal={"tag": "meditate"})).session.frequency_hz == 17

    async def test_another_voice_speaks_everything_anew(self, rig: Rig) -> None:
        mine = await ready(rig)
        edited = await mine.edit(voice_id="onyx")
        assert (edited.new_reads, edited.session.voice_id) == (4, "onyx")
        await rig.settle()
        voices = {c.recipe.provider_voice for c in rig.studio.asked if hasattr(c, "recipe")}
        assert voices == {"onyx"}
        # The pin is the new voice's from now on.
        await mine.edit(lines=(*LINES, NEW))
        await rig.settle()
        assert mine.heard(SynthesizeRead) == 6
        assert {c.recipe.provider_voice for c in rig.studio.asked if hasattr(c, "recipe")} == voices

    async def test_the_pin_outlives_the_voice_s_new_recipe(self, rig: Rig) -> None:
        mine = await ready(rig)
        before = await rig.session(mine.id)
        edited = await mine.edit(voice_id="nova", lines=(LINES[0], NEW))
        assert edited.new_reads == 2
        after = await rig.session(mine.id)
        assert before is not None
        assert after is not None
        assert after.recipe == before.recipe

    async def test_nothing_changed_is_nothing_done(self, rig: Rig) -> None:
        mine = await ready(rig)
        told = len(rig.broker.messages(SessionChanged))
        edited = await mine.edit(title="Mine", lines=LINES, voice_id="nova")
        assert (edited.session.version, edited.job) == (mine.version, None)
        assert len(rig.broker.messages(SessionChanged)) == told

    async def test_the_same_edit_again_is_the_same_job(self, rig: Rig) -> None:
        mine = await ready(rig)
        rig.muted = True
        wish = {"lines": (LINES[0], NEW), "edit_id": uuid4(), "if_version": mine.version}
        first = await mine.edit(**wish)
        again = await mine.edit(**wish)
        assert first.job is not None
        assert again.job is not None
        assert (again.job.id, again.session) == (first.job.id, first.session)
        assert len(set(rig.reserved)) == mine.held() == 2
        # Without a key it is a wish for what is there already.
        assert (await mine.edit(lines=(LINES[0], NEW))).job == again.job
        assert len(rig.reserved) == 2

    async def test_an_edit_of_what_was_changed_meanwhile_is_refused(self, rig: Rig) -> None:
        mine = await ready(rig)
        await mine.edit(title="First", if_version=mine.version)
        with pytest.raises(Conflict):
            await mine.edit(title="Second", if_version=mine.version)
        assert (await mine.read()).title == "First"

    async def test_an_edit_stops_the_job_of_other_lines(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        mine = Editor(rig, created.session.id, 1)
        edited = await mine.edit(lines=(NEW,))
        assert edited.job is not None
        assert edited.job.id != created.job.id
        old = await rig.job(created.job.id)
        assert (old.stage, old.error) == (Stage.CANCELLED, "Cancelled")
        await rig.release()
        assert (await rig.job(edited.job.id)).stage is Stage.READY
        after = await rig.session(mine.id)
        assert after is not None
        assert (after.lines, after.generation) == ((NEW,), Generation.COMMITTED)
        assert after.audio is not None
        assert after.audio.track_address == after.wanted_track
        assert (mine.outcomes(), mine.held()) == (["released", "committed"], 1)
        told = [e.job.status for e in rig.broker.messages(JobChanged) if e.job.id == old.id]
        assert told[-1] == "failed"

    async def test_a_title_and_a_bed_leave_the_job_alone(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        mine = Editor(rig, created.session.id, 1)
        edited = await mine.edit(title="Other", bed={"frequency_hz": 7})
        assert edited.job is not None
        assert edited.job.id == created.job.id
        await rig.release()
        assert (await rig.job(created.job.id)).stage is Stage.READY
        assert (await mine.ensure()).ready
        assert (await mine.bundle()).binaural is not None
        assert mine.held() == 1

    async def test_nobody_hears_lines_that_are_gone(self, rig: Rig) -> None:
        mine = await ready(rig)
        rig.muted = True
        edited = await mine.edit(lines=(NEW,))
        assert (await mine.read()).audio is None
        with pytest.raises(AudioNotReady):
            await mine.bundle()
        state = await mine.ensure()
        assert not state.ready
        assert state.job == edited.job
        # Taking it back is free, and there at once.
        back = await mine.edit(lines=LINES)
        assert back.session.audio is not None
        assert back.new_reads == 0
        await rig.settle()
        assert (await mine.bundle()).track.asset == back.session.audio.track
        assert mine.held() == 1
        await rig.release()
        assert (await mine.read()).audio == back.session.audio

    async def test_an_edit_that_fails_is_given_back_and_tried_again(self, rig: Rig) -> None:
        mine = await ready(rig)
        rig.studio.unspeakable.add(NEW)
        edited = await mine.edit(lines=(LINES[0], NEW))
        assert edited.job is not None
        await rig.settle()
        assert (await rig.job(edited.job.id)).error == "Line 2: nothing in it can be spoken"
        assert mine.held() == 1
        rig.studio.unspeakable.clear()
        assert not (await mine.ensure()).ready
        await rig.settle()
        assert (await mine.ensure()).ready
        assert mine.held() == 2

    async def test_an_edit_to_what_was_ready_before_mends_a_failure_for_free(
        self, rig: Rig
    ) -> None:
        mine = await ready(rig)
        rig.studio.unspeakable.add(NEW)
        await mine.edit(lines=(NEW,))
        await rig.settle()
        await mine.edit(lines=LINES)
        await rig.settle()
        assert (await mine.ensure()).ready
        assert mine.held() == 1
        after = await rig.session(mine.id)
        assert after is not None
        assert after.generation is Generation.COMMITTED

    async def test_a_session_that_was_never_paid_for_is_paid_with_its_edit(self, rig: Rig) -> None:
        await ready(rig)
        rig.studio.unspeakable.add(NEW)
        created = await rig.create(draft(NEW))
        await rig.settle()
        mine = Editor(rig, created.session.id, 1)
        assert mine.held() == 1
        # Nothing of it has to be spoken: a cached render counts as a session all the same.
        assert (await mine.edit(lines=LINES)).new_reads == 0
        await rig.settle()
        assert mine.held() == 2

    async def test_reads_that_were_never_paid_for_are_paid_with_the_edit_that_is_heard(
        self, rig: Rig
    ) -> None:
        mine = await ready(rig)
        rig.studio.unrenderable = True
        await mine.edit(lines=(LINES[0], NEW))
        await rig.settle()
        assert mine.held() == 1
        rig.studio.unrenderable = False
        # Its reads are there, spoken for a generation that went back.
        assert (await mine.edit(lines=(NEW, LINES[0]))).new_reads == 0
        await rig.settle()
        assert (await mine.ensure()).ready
        assert mine.held() == 2

    async def test_without_a_generation_nothing_is_written(self, rig: Rig) -> None:
        mine = await ready(rig)
        rig.generations["user"] = 0
        with pytest.raises(FreeLimitReached):
            await mine.edit(lines=(NEW,))
        after = await mine.read()
        assert (after.lines, after.version) == (LINES, mine.version)
        assert after.audio is not None
        assert (await mine.edit(title="Free", lines=LINES[:1])).new_reads == 0

    async def test_bad_edits_reserve_and_write_nothing(self, rig: Rig) -> None:
        mine = await ready(rig)
        for wish in ({"lines": ("<break/>",)}, {"title": "  "}, {"bed": {"solfeggio_hz": 0}}):
            with pytest.raises(ValidationFailed):
                await mine.edit(**wish)
        assert (await mine.read()).version == mine.version
        assert len(rig.reserved) == 1

    async def test_only_owners_edit_and_nobody_the_catalogue(self, rig: Rig) -> None:
        mine = await ready(rig)
        await rig.wired.seed()
        for user in ("stranger", ""):
            with pytest.raises(NotFound):
                await mine.edit(user_id=user, title="Taken")
        with pytest.raises(NotFound):
            await mine.edit(session_id=uuid4(), title="Nothing")
        with pytest.raises(Forbidden):
            await mine.edit(session_id=WAKE_UP.id, title="Mine now")

    async def test_edits_at_once_follow_each_other(self, rig: Rig) -> None:
        mine = await ready(rig)
        lines = [(f"I am choosing the way number {n}.",) for n in range(4)]
        titles = [f"Title {n}" for n in range(4)]
        wishes = zip(lines, titles, strict=True)
        done = await asyncio.gather(
            *(mine.edit(lines=line, title=title) for line, title in wishes),
            return_exceptions=True,
        )
        assert all(isinstance(one, editing.EditedSession | Conflict) for one in done), done
        answers = [one for one in done if isinstance(one, editing.EditedSession)]
        assert len(answers) >= 2
        versions = [answer.session.version for answer in answers]
        assert len(set(versions)) == len(versions)
        await rig.settle()
        last = max(answers, key=lambda answer: answer.session.version).session
        after = await rig.session(mine.id)
        assert after is not None
        # Whole edits: never the lines of one and the title of another.
        assert (after.lines, after.title) == (last.lines, last.title)
        assert after.audio is not None
        assert after.audio.track_address == after.wanted_track
        assert mine.held() == 2


class TestEditsInMemory(EditContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestEditsOnPostgres(EditContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
