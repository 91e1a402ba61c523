"""What a listener deleted is gone everywhere after a week, and what a friend has too stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from ab_session.adapters.postgres import PostgresStore
from ab_session.domain.erasing import Doomed, reads_of
from ab_session.domain.session import drafted
from ab_session.usecases.delete_session import DeleteSession
from ab_session.usecases.forget_left import ForgetLeft
from ab_shared.contracts.editing import DeleteSession as Deletion
from ab_shared.contracts.events import ReadPrepared, ReadReady, TrackRendered
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.privacy import EraseAudio, EraseSpeech
from ab_shared.contracts.rpc import SessionDraft
from ab_shared.contracts.speech import Performance, SpeechRecipe
from ab_shared.database.transaction import Transactions
from ab_shared.runtime.context import Context, bound
from ab_shared.storage.keys import prepared_key, speech_key, track_key
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.infra import NewDatabase
from ab_stitching.adapters.erasing import PostgresErasing as PostgresAudio
from ab_stitching.adapters.postgres import PostgresLibrary
from ab_stitching.usecases.erase_sounds import EraseSounds
from ab_tts.adapters.erasing import PostgresErasing as PostgresSpeech
from ab_tts.adapters.postgres import PostgresReadBook
from ab_tts.usecases.erase_reads import EraseReads
from sqlalchemy import text

pytestmark = pytest.mark.real
KEY = b"the key of the tests"
OWN, SHARED = "I keep this to myself.", "I share this with a friend."
MINE, THEIRS = "a" * 64, "b" * 64
RECIPE = SpeechRecipe(
    provider="embedded",
    provider_voice="nova",
    model="m1",
    synthesis_version="1",
    performances=tuple(
        Performance(variant=variant, seed=1, speed=0.9) for variant in cast("Any", (1, 2))
    ),
)
AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
SENT = text("SELECT envelope::jsonb -> 'data' AS data FROM outbox ORDER BY id")


class House:
    """The three services on databases of their own, and the messages carried by hand."""

    def __init__(self, engines: dict[str, Any], objects: ObjectStore) -> None:
        self.rows = {
            name: Transactions(engine, producer=name, relay=None)
            for name, engine in engines.items()
        }
        self.store = PostgresStore(self.rows["session"])
        self.book = PostgresReadBook(self.rows["tts"])
        self.library = PostgresLibrary(self.rows["stitching"])
        self.objects, self.clock = objects, FakeClock(AT)

    async def make(self, user: str, track: str, *lines: str) -> Any:
        """A session whose every sound has a row and an object where it belongs."""
        draft = SessionDraft(title="Mine", lines=lines, voice_id="nova")
        session = drafted(uuid4(), user, draft, RECIPE, self.clock())
        async with self.store.begin() as unit:
            await unit.sessions.add(replace(session, wanted_track=track))
        with bound(Context(sent_at=self.clock())):
            for address in reads(*lines).speech:
                await self._speak(address)
            for address in reads(*lines).prepared:
                await self._prepare(address)
            await self._render(track)
        return session.id

    async def delete(self, user: str, session_id: Any, track: str) -> None:
        """Deletes a session, whose track has a job in the real house."""
        await DeleteSession(self.store, self.clock)(Deletion(session_id=session_id, user_id=user))
        async with self.store.begin() as unit:
            await unit.left.leave_tracks(user, [track], self.clock())

    async def sweep(self) -> int:
        """How many sounds are to go."""
        return await ForgetLeft(self.store, KEY, self.clock, WEEK)()

    async def carry(self) -> list[str]:
        """Gives tts and stitching all that was ever commanded; whom it was for."""
        async with self.rows["session"].begin() as transaction:
            sent = (await transaction.connection.execute(SENT)).scalars().all()
        heard = []
        for data in sent:
            if "speech" in data:
                speech = EraseSpeech.model_validate(data)
                await EraseReads(PostgresSpeech(self.rows["tts"]), self.objects)(speech)
                heard.append("tts")
            elif "prepared" in data:
                shelves: Any = dict.fromkeys(("prepared", "track", "mixdown"), self.objects)
                audio = EraseAudio.model_validate(data)
                await EraseSounds(PostgresAudio(self.rows["stitching"]), shelves)(audio)
                heard.append("stitching")
        return heard

    async def there(self) -> tuple[Doomed, Doomed]:
        """Which sounds have a row, and which an object."""
        async with self.book.begin() as unit:
            speech = {row.name for row in await unit.stored((), "", 100)}
        async with self.rows["stitching"].begin() as transaction:
            run = transaction.connection.execute
            prepared = (await run(text("SELECT prepared_address FROM prepared_reads"))).scalars()
            tracks = (await run(text("SELECT track_address FROM tracks"))).scalars()
            rows = Doomed(frozenset(speech), frozenset(prepared), frozenset(tracks))
        every = reads(OWN, SHARED)
        return rows, Doomed(
            await self._found(every.speech, speech_key),
            await self._found(every.prepared, prepared_key),
            await self._found(frozenset({MINE, THEIRS}), track_key),
        )

    async def _found(self, names: frozenset[str], key: Any) -> frozenset[str]:
        return frozenset([n for n in names if await self.objects.head(key(n)) is not None])

    async def _speak(self, address: str) -> None:
        await self.objects.put(speech_key(address), b"sound", "audio/wav")
        read = ReadReady(
            speech_address=address,
            speech_key=speech_key(address),
            content_type="audio/wav",
            duration_ms=1,
            characters=1,
            synthesized=True,
            synthesis_ms=1,
        )
        async with self.book.begin() as unit:
            await unit.keep(read, "embedded")

    async def _prepare(self, address: str) -> None:
        await self.objects.put(prepared_key(address), b"sound", "audio/wav")
        read = ReadPrepared(
            speech_address=address,
            prepared_address=address,
            duration_ms=1,
            prepared=True,
            preparation_ms=1,
        )
        async with self.library.begin() as unit:
            await unit.keep_prepared(read)

    async def _render(self, address: str) -> None:
        await self.objects.put(track_key(address), b"sound", "audio/mp4")
        key = track_key(address)
        track = TrackRendered(
            track_address=address,
            asset=AssetRef(key=key, bytes=5, sha256="c" * 64, duration_ms=1),
            loudness_lufs=-20.0,
            true_peak_dbtp=-2.0,
            segments=(),
            engine_mode="splice",
            profile_version="voice-1",
            render_ms=1,
        )
        async with self.library.begin() as unit:
            await unit.keep_track(track)


def reads(*lines: str) -> Doomed:
    return reads_of(KEY, [(line, RECIPE) for line in lines])


@pytest.fixture
async def house(database: NewDatabase, object_store: ObjectStore) -> House:
    names = ("session", "tts", "stitching")
    return House({name: (await database(name)).engine for name in names}, object_store)


async def test_rows_and_objects_go_and_a_friends_line_stays(house: House) -> None:
    mine = await house.make("user", MINE, OWN, SHARED)
    await house.make("friend", THEIRS, SHARED)
    await house.delete("user", mine, MINE)
    house.clock.advance(timedelta(days=6).total_seconds())
    everything = replace(reads(OWN, SHARED), tracks=frozenset({MINE, THEIRS}))
    assert (await house.sweep(), await house.carry()) == (0, [])
    assert await house.there() == (everything, everything)
    house.clock.advance(timedelta(days=2).total_seconds())
    # Two raw reads, two prepared ones, a track.
    assert await house.sweep() == 5
    kept = replace(reads(SHARED), tracks=frozenset({THEIRS}))
    # The commands come twice: the second time they find nothing.
    for _ in range(2):
        assert set(await house.carry()) == {"tts", "stitching"}
        assert await house.there() == (kept, kept)
    async with house.store.begin() as unit:
        assert not await unit.library.left_sounds("user")


async def test_whoever_asked_before_the_command_came_keeps_the_sound(house: House) -> None:
    mine = await house.make("user", MINE, OWN)
    await house.delete("user", mine, MINE)
    house.clock.advance(timedelta(days=8).total_seconds())
    assert await house.sweep() == 5
    wanted = min(reads(OWN).speech)
    # A friend writes the same line now, and their wish overtakes the command.
    with bound(Context(sent_at=house.clock())):
        async with house.book.begin() as unit:
            assert await unit.read(wanted) is not None
    await house.carry()
    rows, objects = await house.there()
    assert rows == objects == Doomed(speech=frozenset({wanted}))
