from __future__ import annotations

import pytest
from ab_session.domain.catalogue import CATALOGUE
from ab_session.domain.job import Stage
from ab_shared.contracts import rpc
from ab_shared.contracts.commands import PrepareRead, PublishStem, RenderTrack, SynthesizeRead
from ab_shared.contracts.events import (
    GenerationSettled,
    JobChanged,
    ReadPrepared,
    ReadReady,
    StemPublished,
    TrackRendered,
)
from ab_shared.errors import (
    Conflict,
    ValidationFailed,
)
from session_memory.rig import LINES, Rig, draft

WAKE_UP = CATALOGUE[0]


def settled(rig: Rig) -> list[str]:
    return [event.outcome for event in rig.broker.messages(GenerationSettled)]


class SagaContract:
    """What holds on every store."""

    async def test_the_track_plays_its_reads_in_order(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        spoken = {
            c.speech_address: (c.text, c.variant) for c in rig.broker.messages(SynthesizeRead)
        }
        prepared = {c.prepared_address: c.speech_address for c in rig.broker.messages(PrepareRead)}
        [render] = rig.broker.messages(RenderTrack)
        order = [spoken[prepared[address]] for address in render.reads]
        assert order == [(line, variant) for line in LINES for variant in (1, 2)]

    async def test_progress_never_falls_and_versions_grow(self, rig: Rig) -> None:
        created = await rig.create(draft(*(f"My line number {n} is here." for n in range(20))))
        await rig.made(created)
        told = [event.job for event in rig.broker.messages(JobChanged)]
        assert [job.progress for job in told] == sorted(job.progress for job in told)
        assert [job.version for job in told] == sorted({job.version for job in told})
        assert told[-1].progress == 1.0
        assert told[-1].counts == {
            "reads": 40,
            "spoken": 40,
            "prepared": 40,
            "reused": 0,
            "tracks": 1,
        }
        assert {"speaking", "merging", "ready"} <= {job.stage for job in told}

    async def test_everything_cached_is_ready_in_the_answer(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        asked = len(rig.studio.asked)
        again = await rig.create()
        assert again.job.status == "completed"
        assert again.job.counts["reused"] == 4
        assert again.job.counts["spoken"] == again.job.counts["prepared"] == 0
        assert again.session.audio is not None
        await rig.settle()
        assert len(rig.studio.asked) == asked
        assert settled(rig) == ["committed", "committed"]

    async def test_cached_reads_need_only_a_merge(self, rig: Rig) -> None:
        await rig.made(await rig.create(draft(*LINES, "Three is my number.")))
        rig.studio.asked.clear()
        created = await rig.create()
        assert created.job.stage == "merging"
        job = await rig.made(created)
        assert job.stage is Stage.READY
        assert [type(c) for c in rig.studio.asked] == [RenderTrack]

    async def test_one_changed_line_renders_one_line(self, rig: Rig) -> None:
        await rig.made(await rig.create())
        job = await rig.made(await rig.create(draft(LINES[0], "My evening closes behind me.")))
        assert (job.made.spoken, job.made.prepared) == (2, 2)
        assert rig.studio.heard(SynthesizeRead) == 6

    async def test_a_line_written_twice_is_spoken_once(self, rig: Rig) -> None:
        created = await rig.create(draft(LINES[0], LINES[0]))
        job = await rig.made(created)
        assert job.stage is Stage.READY
        assert rig.studio.heard(SynthesizeRead) == rig.studio.heard(PrepareRead) == 2
        [render] = rig.broker.messages(RenderTrack)
        assert len(render.reads) == 4

    async def test_missing_stems_are_asked_for_and_waited_for(self, rig: Rig) -> None:
        rig.muted = True
        created = await rig.create()
        await rig.settle()
        stems = [c for c in rig.held_back if isinstance(c, PublishStem)]
        assert {c.stem_id for c in stems} == {"alpha_10hz_400", "babbling-brook"}
        rig.held_back = [c for c in rig.held_back if c not in stems]
        await rig.release()
        assert (await rig.job(created.job.id)).stage is Stage.MERGING
        assert (await rig.job(created.job.id)).progress < 1
        for command in stems:
            await rig.work(command)
        assert (await rig.made(created)).stage is Stage.READY

    async def test_the_same_request_again_is_the_same_session(self, rig: Rig) -> None:
        first = await rig.create(key="k")
        second = await rig.create(key="k")
        assert not second.created
        assert (second.session.id, second.job.id) == (first.session.id, first.job.id)
        await rig.made(first)
        third = await rig.create(key="k")
        assert third.job.status == "completed"
        assert len(rig.reserved) == 1
        assert settled(rig) == ["committed"]

    async def test_somebody_elses_id_is_refused(self, rig: Rig) -> None:
        created = await rig.create()
        with pytest.raises(Conflict):
            await rig.ask(
                rpc.CreateSession(session_id=created.session.id, user_id="other", draft=draft())
            )

    @pytest.mark.parametrize("kind", [ReadReady, ReadPrepared, TrackRendered, StemPublished])
    async def test_every_event_twice_changes_nothing_more(self, rig: Rig, kind: type) -> None:
        rig.broker.twice(kind, 50)
        job = await rig.made(await rig.create())
        assert job.stage is Stage.READY
        assert (job.made.spoken, job.made.prepared, job.made.tracks) == (4, 4, 1)
        assert rig.studio.heard(PrepareRead) == 4
        assert rig.studio.heard(RenderTrack) == 1
        assert settled(rig) == ["committed"]
        assert rig.holding == {job.id}

    @pytest.mark.parametrize("kind", [SynthesizeRead, PrepareRead, RenderTrack, PublishStem])
    async def test_every_command_twice_ends_the_same(self, rig: Rig, kind: type) -> None:
        rig.broker.twice(kind, 50)
        job = await rig.made(await rig.create())
        assert job.stage is Stage.READY
        assert (job.made.spoken, job.made.prepared) == (4, 4)
        assert settled(rig) == ["committed"]

    async def test_two_jobs_share_what_is_made(self, rig: Rig) -> None:
        rig.muted = True
        one = await rig.create(draft("I share this very line.", "One is mine alone here."))
        rig.clock.advance(0.1)
        two = await rig.create(draft("I share this very line.", "Two is mine alone here."))
        await rig.settle()
        await rig.release()
        jobs = [(await rig.job(one.job.id)), (await rig.job(two.job.id))]
        assert [job.stage for job in jobs] == [Stage.READY, Stage.READY]
        assert [job.made.spoken for job in jobs] == [4, 2]
        assert [job.made.prepared for job in jobs] == [4, 2]
        assert rig.studio.heard(PrepareRead) == 6

    async def test_two_jobs_for_the_same_track_end_with_one_render(self, rig: Rig) -> None:
        rig.muted = True
        one, two = await rig.create(), await rig.create(user="other")
        await rig.settle()
        await rig.release()
        assert (await rig.job(one.job.id)).stage is (await rig.job(two.job.id)).stage is Stage.READY
        assert (await rig.job(one.job.id)).made.tracks + (
            await rig.job(two.job.id)
        ).made.tracks == 1

    async def test_a_solfeggio_session_has_a_solfeggio_layer(self, rig: Rig) -> None:
        created = await rig.create(draft(solfeggio_hz=528))
        assert created.session.solfeggio_hz == 528
        assert created.session.frequency_hz is created.session.brainwave_state is None
        await rig.made(created)
        bundle = await rig.ask(rpc.GetPlaybackBundle(session_id=created.session.id, user_id="user"))
        assert bundle.binaural is None
        assert bundle.solfeggio is not None
        assert bundle.solfeggio.hz == 528

    async def test_lines_are_kept_trimmed_and_composed(self, rig: Rig) -> None:
        created = await rig.create(draft("  I go to the cafe\u0301 today. ", "I smile 🙂 today."))
        assert created.session.lines == ("I go to the caf\u00e9 today.", "I smile 🙂 today.")
        assert (await rig.made(created)).stage is Stage.READY

    async def test_an_unknown_voice_becomes_nova(self, rig: Rig) -> None:
        created = await rig.create(draft(voice_id="gandalf"))
        assert created.session.voice_id == "nova"
        await rig.made(created)
        assert {c.recipe.provider_voice for c in rig.broker.messages(SynthesizeRead)} == {"nova"}

    async def test_lists_show_the_catalogue_first(self, rig: Rig) -> None:
        await rig.wired.seed()
        one = await rig.create(draft(title="First"))
        rig.clock.advance(1)
        two = await rig.create(draft(title="Second"))
        page = await rig.ask(rpc.ListSessions(user_id="user", limit=50, offset=0))
        assert page.sessions[0].title == "Wake Up"
        assert [row.id for row in page.sessions[-2:]] == [two.session.id, one.session.id]
        assert not page.has_more
        short = await rig.ask(rpc.ListSessions(user_id="user", limit=15, offset=0))
        assert short.has_more
        rest = await rig.ask(rpc.ListSessions(user_id="user", limit=15, offset=15))
        assert [row.id for row in (*short.sessions, *rest.sessions)] == [
            row.id for row in page.sessions
        ]
        assert (page.next_cursor, rest.next_cursor) == (None, None)
        behind = rpc.ListSessions(user_id="user", limit=50, offset=9, cursor=short.next_cursor)
        assert await rig.ask(behind) == rest
        with pytest.raises(ValidationFailed):
            await rig.ask(behind.model_copy(update={"user_id": "other"}))
        public = await rig.ask(rpc.ListSessions(user_id=None, limit=50, offset=0))
        assert len(public.sessions) == len(page.sessions) - 2


class TestSagaInMemory(SagaContract):
    @pytest.fixture
    def rig(self, memory_rig: Rig) -> Rig:
        return memory_rig


@pytest.mark.real
class TestSagaOnPostgres(SagaContract):
    @pytest.fixture
    def rig(self, postgres_rig: Rig) -> Rig:
        return postgres_rig
