"""The store's promises, kept by the one in memory and the one in Postgres alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.adapters.tables import METADATA
from ab_session.domain.captions import WordTimes
from ab_session.domain.catalogue import CATALOGUE, as_session
from ab_session.domain.job import Stage, advance, fail, requeue
from ab_session.domain.session import Generation
from ab_session.domain.sounds import Found, PublishedStem, Track, Wanted
from ab_session.ports import SpeechNews
from ab_session.usecases.on_read_prepared import OnReadPrepared
from ab_shared.contracts.commands import RenderTrack
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.speech import WordSpan
from ab_shared.database.transaction import Transactions
from ab_shared.errors import NotFound
from ab_shared.messaging.codec import message_in
from ab_shared.runtime.context import Context, bound
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from session_memory.samples import AT, LINES, given, job_of, plan_of, session_of
from session_memory.store import MemoryStore
from session_memory.studio import prepared, published, ready, recipe, rendered
from sqlalchemy import Connection, text


class StoreContract:
    """What every store does."""

    async def test_word_times_come_back_for_reads_that_have_them(self, store: Any) -> None:
        words = (WordSpan(first=0, last=1, start_ms=210, end_ms=330),)
        timed, plain = ready("a" * 64).model_copy(update={"words": words}), ready("b" * 64)
        cut = prepared("a" * 64, "c" * 64).model_copy(update={"trimmed_ms": 180})
        async with store.begin() as unit:
            for spoken in (timed, plain):
                await unit.sounds.speech_ready(spoken)
            for read in (cut, prepared("b" * 64, "d" * 64)):
                await unit.sounds.read_prepared(read)
        async with store.begin() as unit:
            found = await unit.sounds.word_times(["c" * 64, "d" * 64, "e" * 64])
        assert found == {"c" * 64: WordTimes(180, words)}

    async def test_a_session_comes_back_as_it_was(self, store: Any) -> None:
        own = session_of()
        solfeggio = replace(
            session_of(2), layer=replace(own.layer, solfeggio_hz=528.0, frequency_hz=None)
        )
        solfeggio = replace(solfeggio, layer=replace(solfeggio.layer, brainwave_state=None))
        async with store.begin() as unit:
            assert await unit.sessions.add(own)
            assert await unit.sessions.add(solfeggio)
            assert not await unit.sessions.add(replace(own, title="Another"))
        async with store.begin() as unit:
            assert await unit.sessions.find(own.id) == own
            assert await unit.sessions.find(solfeggio.id, hold=True) == solfeggio
            assert await unit.sessions.find(uuid4()) is None
            several = await unit.sessions.find_many({own.id, solfeggio.id, uuid4()})
            assert sorted(several, key=str) == sorted([own, solfeggio], key=str)

    async def test_a_job_comes_back_as_it_was(self, store: Any) -> None:
        session = session_of()
        job = await given(store, session)
        async with store.begin() as unit:
            assert await unit.jobs.find(job.id, hold=True) == job
            assert await unit.jobs.latest(session.id) == job
            assert await unit.jobs.sequence(job.id) == plan_of(session).sequence
            moved = advance(job, Found(2, 1), AT + timedelta(seconds=3))
            await unit.jobs.save(moved)
        async with store.begin() as unit:
            assert await unit.jobs.find(job.id) == moved
            assert await unit.jobs.find(uuid4()) is None
            assert await unit.jobs.latest(uuid4()) is None

    async def test_a_session_has_one_live_job(self, store: Any) -> None:
        session = session_of()
        first, second = await given(store, session), job_of(session, 2)
        reads = plan_of(session).reads
        async with store.begin() as unit:
            assert not await unit.jobs.add(first, reads, frozenset())
            assert not await unit.jobs.add(second, reads, frozenset())
            await unit.jobs.save(fail(first, "no", AT))
            assert await unit.jobs.sequence(first.id) == ()
            assert await unit.jobs.add(second, reads, frozenset())
        async with store.begin() as unit:
            assert await unit.jobs.latest(session.id) == second

    async def test_a_job_that_ended_is_opened_again(self, store: Any) -> None:
        session = session_of()
        job = await given(store, session)
        failed = fail(job, "no", AT)
        again = requeue(failed, AT + timedelta(seconds=1))
        async with store.begin() as unit:
            await unit.jobs.save(failed)
        async with store.begin() as unit:
            await unit.jobs.reopen(again, plan_of(session).reads)
        async with store.begin() as unit:
            assert await unit.jobs.find(job.id) == again
            assert await unit.jobs.sequence(job.id) == plan_of(session).sequence
            assert await unit.jobs.page([], None, 5) == [again]
            assert await unit.jobs.page([Stage.QUEUED], AT, 5) == []
            assert await unit.jobs.page([Stage.FAILED], None, 5) == []

    async def test_an_error_leaves_neither_row_nor_message(self, store: Any) -> None:
        session = session_of()

        async def fails() -> None:
            async with store.begin() as unit:
                await unit.sessions.add(session)
                await unit.send(SessionChanged(session_id=session.id, owner_user_id="u", version=1))
                raise NotFound("no")

        with pytest.raises(NotFound):
            await fails()
        async with store.begin() as unit:
            assert await unit.sessions.find(session.id) is None

    async def test_a_message_is_new_once(self, store: Any) -> None:
        answers = []
        for message_id in ("m1", "m1", "m2"):
            with bound(Context(message_id=message_id)):
                async with store.begin() as unit:
                    answers.append(await unit.first_time("consumer"))
        assert answers == [True, False, True]

    async def test_jobs_wait_for_what_they_are_made_of(self, store: Any) -> None:
        one, two = session_of(1), session_of(2, lines=(LINES[0], "I am another one."))
        jobs = [await given(store, one), await given(store, two)]
        shared, alone = plan_of(one).reads[0], plan_of(one).reads[2]
        async with store.begin() as unit:
            both = await unit.jobs.waiting_for_speech(shared.speech_address)
            assert both == sorted(jobs, key=lambda job: job.id)
            assert await unit.jobs.waiting_for_prepared(alone.prepared_address) == [jobs[0]]
            assert await unit.jobs.waiting_for_track(jobs[1].track_address) == [jobs[1]]
            assert len(await unit.jobs.waiting_for_stem("babbling-brook")) == 2
            assert await unit.jobs.waiting_for_stem("alpha_10hz_400") == []
            await unit.jobs.save(fail(jobs[0], "no", AT))
            assert await unit.jobs.waiting_for_speech(shared.speech_address) == [jobs[1]]
            assert await unit.jobs.waiting_for_track(jobs[0].track_address) == []

    async def test_what_exists_is_found(self, store: Any) -> None:
        session = session_of(lines=(LINES[0], LINES[0], LINES[1]))
        job, plan = await given(store, session), plan_of(session)
        first, other = plan.reads[0], plan.reads[4]

        async def found() -> Found:
            async with store.begin() as unit:
                return (await unit.jobs.found([job.id]))[job.id]

        assert await found() == Found()
        async with store.begin() as unit:
            await unit.sounds.speech_ready(ready(first.speech_address))
        assert await found() == Found(spoken=2)
        async with store.begin() as unit:
            await unit.sounds.read_prepared(prepared(other.speech_address, other.prepared_address))
        assert await found() == Found(spoken=3, prepared=1)
        async with store.begin() as unit:
            track = Track.heard(rendered(plan.track_address), AT)
            assert track.read_spans
            assert track.waveform
            assert await unit.sounds.track_rendered(track)
            assert not await unit.sounds.track_rendered(track)
            assert await unit.sounds.track(plan.track_address) == track
            assert await unit.sounds.track(first.speech_address) is None
            for stem_id in plan.stem_ids:
                assert not (await unit.jobs.found([job.id]))[job.id].stems
                await unit.sounds.stem_published(PublishedStem.heard(published(stem_id)))
        assert await found() == Found(spoken=3, prepared=1, track=True, stems=True)
        async with store.begin() as unit:
            known = await unit.sounds.known(plan.wanted)
            assert set(known.speech) == {first.speech_address}
            assert known.prepared == {other.prepared_address}
            assert known.track == track.asset
            assert known.stems == set(plan.stem_ids)
            assert plan.found(known) == Found(spoken=3, prepared=1, track=True, stems=True)
            assert (await unit.sounds.known(Wanted())).track is None

    async def test_preparing_is_claimed_once(self, store: Any) -> None:
        session = session_of()
        await given(store, session)
        read, done = plan_of(session).reads[:2]
        async with store.begin() as unit:
            news = await unit.sounds.speech_ready(ready(read.speech_address))
            assert news == SpeechNews(made=True, to_prepare=(read.prepared_address,))
            again = await unit.sounds.speech_ready(ready(read.speech_address))
            assert again == SpeechNews(made=False, to_prepare=())
            await unit.sounds.read_prepared(prepared(done.speech_address, done.prepared_address))
            late = await unit.sounds.speech_ready(ready(done.speech_address))
            assert late.to_prepare == ()
            await unit.sounds.forget_reads([read.speech_address], [read.prepared_address])
            fresh = await unit.sounds.speech_ready(ready(read.speech_address))
            assert fresh == SpeechNews(made=True, to_prepare=(read.prepared_address,))

    async def test_work_is_credited_once_and_in_any_order(self, store: Any) -> None:
        session = session_of()
        await given(store, session)
        read = plan_of(session).reads[0]
        async with store.begin() as unit:
            for made, expected in ((False, False), (True, True), (True, False), (False, False)):
                spoken = ready(read.speech_address, synthesized=made)
                assert (await unit.sounds.speech_ready(spoken)).made is expected
                spliced = prepared(read.speech_address, read.prepared_address, prepared=made)
                assert await unit.sounds.read_prepared(spliced) is expected

    async def test_reads_asked_for_at_the_start_are_not_claimed_again(self, store: Any) -> None:
        session = session_of()
        read = plan_of(session).reads[0]
        async with store.begin() as unit:
            await unit.sessions.add(session)
            preparing = {read.prepared_address}
            await unit.jobs.add(job_of(session), plan_of(session).reads, preparing)
            news = await unit.sounds.speech_ready(ready(read.speech_address))
            assert news.to_prepare == ()

    async def test_a_missing_read_is_named_by_its_place(self, store: Any) -> None:
        session = session_of()
        job, read = await given(store, session), plan_of(session).reads[3]
        speech, whole = read.speech_address, read.prepared_address
        async with store.begin() as unit:
            assert await unit.jobs.first_position(job.id, speech=speech) == 3
            assert await unit.jobs.first_position(job.id, prepared=whole) == 3
            assert await unit.jobs.first_position(job.id, speech="0" * 64) is None
            await unit.sounds.speech_ready(ready(speech))
            assert await unit.jobs.first_position(job.id, speech=speech) is None
            assert await unit.jobs.first_position(job.id, prepared=whole) == 3
            await unit.sounds.read_prepared(prepared(speech, whole))
            assert await unit.jobs.first_position(job.id, prepared=whole) is None

    async def test_a_render_ends_once_and_only_for_the_lines_there_are(self, store: Any) -> None:
        session = session_of()
        job = await given(store, session)
        later = AT + timedelta(minutes=1)
        async with store.begin() as unit:
            await unit.sounds.track_rendered(Track.heard(rendered(job.track_address), AT))
            other = Track.heard(rendered("e" * 64), AT)
            await unit.sounds.track_rendered(other)

            async def end(track: str | None, generation: Generation | None) -> int | None:
                version: int | None = await unit.sessions.end_render(
                    session.id, generation=generation, track=track, at=later
                )
                return version

            assert await end("e" * 64, Generation.RELEASED) is None
            found = await unit.sessions.find(session.id)
            assert (found.audio, found.generation) == (None, Generation.RELEASED)
            assert await end(job.track_address, Generation.COMMITTED) == 2
            assert await end(job.track_address, None) is None
            assert await end(None, None) is None
            found = await unit.sessions.find(session.id)
        assert (found.version, found.generation) == (2, Generation.COMMITTED)
        assert found.audio.track_address == job.track_address
        assert found.updated_at == found.audio.generated_at == later

    async def test_a_new_render_is_written(self, store: Any) -> None:
        session = session_of()
        await given(store, session)
        opened = replace(
            session, generation=Generation.HELD, recipe=recipe("onyx"), wanted_track="d" * 64
        )
        async with store.begin() as unit:
            await unit.sessions.open_render(opened)
            assert await unit.sessions.find(session.id) == opened

    async def test_stems_are_asked_for_now_and_then(self, store: Any) -> None:
        clock = FakeClock()
        stems = ("babbling-brook", "alpha_10hz_400")

        async def ask() -> tuple[str, ...]:
            async with store.begin() as unit:
                return (await unit.sounds.ask_for_stems(stems, clock())).to_ask

        assert await ask() == stems
        clock.advance(29)
        assert await ask() == ()
        clock.advance(1)
        assert await ask() == stems
        async with store.begin() as unit:
            stem = PublishedStem.heard(published(stems[0]))
            assert await unit.sounds.stem_published(stem)
            assert not await unit.sounds.stem_failed(stems[0]), "it exists"
            newer = PublishedStem.heard(published(stems[0], "2"))
            assert not await unit.sounds.stem_published(newer)
            assert await unit.sounds.stems(stems) == {stems[0]: newer}
            assert await unit.sounds.stem_failed(stems[1])
        async with store.begin() as unit:
            news = await unit.sounds.ask_for_stems(stems, clock())
        assert (news.published, news.to_ask) == ({stems[0]}, (stems[1],))

    async def test_overdue_jobs_come_one_by_one(self, store: Any) -> None:
        jobs = [await given(store, session_of(number)) for number in (1, 2)]
        async with store.begin() as unit:
            await unit.jobs.save(replace(jobs[1], due_at=AT + timedelta(seconds=5)))
            assert await unit.jobs.overdue(AT) is None
            found = await unit.jobs.overdue(AT + timedelta(seconds=5))
            assert found.id == jobs[1].id
            await unit.jobs.save(fail(found, "no", AT))
            assert await unit.jobs.overdue(AT + timedelta(seconds=5)) is None
            assert (await unit.jobs.overdue(AT + timedelta(minutes=2))).id == jobs[0].id

    async def test_seeding_again_changes_only_what_changed(self, store: Any) -> None:
        catalogue = [as_session(entry, AT) for entry in CATALOGUE]
        async with store.begin() as unit:
            assert await unit.sessions.seed(catalogue) == dict.fromkeys(
                (s.id for s in catalogue), 1
            )
        sung = replace(catalogue[0], recipe=recipe("alloy"), wanted_track="a" * 64)
        async with store.begin() as unit:
            assert await unit.sessions.seed(catalogue) == {}
            await unit.sessions.open_render(sung)
        later = AT + timedelta(days=1)
        retitled = replace(catalogue[0], title="Rise", updated_at=later)
        rewritten = replace(catalogue[1], lines=("I say something new here.",), updated_at=later)
        async with store.begin() as unit:
            changed = await unit.sessions.seed([retitled, rewritten, *catalogue[2:]])
            assert changed == {retitled.id: 2, rewritten.id: 2}
            found = await unit.sessions.find(retitled.id)
            assert (found.title, found.recipe, found.updated_at) == ("Rise", sung.recipe, later)
            found = await unit.sessions.find(rewritten.id)
            assert (found.lines, found.recipe) == (rewritten.lines, None)

    async def test_the_last_two_reads_at_once_ask_for_one_track(self, store: Any) -> None:
        session = session_of()
        job, plan = await given(store, session), plan_of(session)
        handle = OnReadPrepared(store, lambda: AT)
        events = [prepared(read.speech_address, read.prepared_address) for read in plan.reads]
        await asyncio.gather(*(handle(event) for event in events * 3))
        async with store.begin() as unit:
            found = await unit.jobs.find(job.id)
        assert (found.stage, found.rendering, found.made.prepared) == (Stage.MERGING, True, 4)
        assert [m for m in await sent(store) if isinstance(m, RenderTrack)] == [
            RenderTrack(track_address=plan.track_address, reads=plan.sequence, job_id=job.id)
        ]


async def sent(store: Any) -> list[Any]:
    return list(await store.sent())


class PostgresStoreUnderTest(PostgresStore):
    """The store with what a test needs to look at its outbox."""

    def __init__(self, transactions: Transactions) -> None:
        super().__init__(transactions)
        self.transactions = transactions

    async def sent(self) -> list[Any]:
        async with self.transactions.begin() as transaction:
            rows = await transaction.connection.execute(
                text("SELECT envelope FROM outbox ORDER BY id")
            )
            return [message_in(Envelope.model_validate_json(row.envelope)) for row in rows]


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.real
class TestPostgresStore(StoreContract):
    @pytest.fixture
    async def store(self, database: NewDatabase) -> PostgresStoreUnderTest:
        made = await database("session")
        return PostgresStoreUnderTest(Transactions(made.engine, producer="session", relay=None))

    async def test_migrations_make_the_tables_the_code_knows(self, database: NewDatabase) -> None:
        def differences(connection: Connection) -> list[Any]:
            return compare_metadata(MigrationContext.configure(connection), METADATA)

        fresh = await database("session")
        async with fresh.engine.connect() as connection:
            assert await connection.run_sync(differences) == []
