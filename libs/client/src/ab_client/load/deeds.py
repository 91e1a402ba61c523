"""What a listener does on a visit, as the app does it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from uuid import UUID

from ab_shared.contracts.http import BackgroundListOut, FrequencyListOut, JobOut, VoiceListOut
from ab_shared.contracts.http_library import EditIn

from ab_client.errors import ApiRefusal, ApiUnreachable
from ab_client.jobs import FINISHED
from ab_client.library import Library
from ab_client.listening import Listening
from ab_client.load.crowd import Person, Words, draft, words
from ab_client.load.mix import Deed
from ab_client.load.phrases import phrase
from ab_client.load.visit import Visit
from ab_client.selves import Programs

POLL_SECONDS = 1.0
STAY_TO_THE_END = 0.5
LEAST_TO_EDIT = 2
LISTS = {"voices": VoiceListOut, "backgrounds": BackgroundListOut, "frequencies": FrequencyListOut}


async def _somebody(visit: Visit) -> Person:
    person = visit.random.choice(visit.crowd.people)
    await person.stay()
    return person


async def _listener(visit: Visit) -> tuple[Person, UUID]:
    """Somebody with a track that is ready, and which."""
    person = visit.random.choice([one for one in visit.crowd.people if one.tracks])
    await person.stay()
    return person, visit.random.choice(list(person.tracks))


async def _bundle(visit: Visit) -> None:
    person, track = await _listener(visit)
    await visit.ask("bundle", lambda: person.client.bundle(track))


async def _listen(visit: Visit) -> None:
    person, track = await _listener(visit)
    listening = Listening(person.client)
    await visit.ask("listen", lambda: listening.tell(track, "start"))
    if visit.random.random() < STAY_TO_THE_END:
        await visit.ask("listen", lambda: listening.tell(track, "complete"))


async def _list(visit: Visit) -> None:
    # A visitor's list is the catalogue; who has signed in sees their own behind it.
    people = visit.crowd.people
    client = (await _somebody(visit)).client if people else visit.crowd.visitor
    await visit.ask("list", client.sessions)


async def _session(visit: Visit) -> None:
    person, track = await _listener(visit)
    await visit.ask("session", lambda: person.client.session(track))


async def _entitlement(visit: Visit) -> None:
    if visit.crowd.people:
        person = await _somebody(visit)
        await visit.ask("entitlement", person.client.entitlement)
    else:
        await visit.ask("health", visit.crowd.visitor.health)


async def _shelf(visit: Visit) -> None:
    person = await _somebody(visit)
    await visit.ask("shelf", Listening(person.client).for_you)


async def _catalogue(visit: Visit) -> None:
    name = visit.random.choice(list(LISTS))
    path, visitor = f"/v1/catalog/{name}", visit.crowd.visitor
    await visit.ask("catalogue", lambda: visitor.call("GET", path, LISTS[name]))


async def _programs(visit: Visit) -> None:
    programs = Programs(visit.crowd.visitor)
    rows = await visit.ask("programs", programs.list)
    chosen = visit.random.choice(rows).id
    await visit.ask("programs", lambda: programs.read(chosen))


async def _create(visit: Visit) -> None:
    await _make(visit, await _somebody(visit), words(visit.mix, visit.random))


async def _create_seen(visit: Visit) -> None:
    await _make(visit, await _somebody(visit), visit.random.choice(visit.crowd.seen))


async def _edit(visit: Visit) -> None:
    person, track = await _listener(visit)
    # Of their last track nobody changes a line: they listen to it.
    if len(person.tracks) < LEAST_TO_EDIT:
        await visit.ask("session", lambda: person.client.session(track))
        return
    old = person.tracks.pop(track)
    lines, began = [*old.lines[:-1], phrase(visit.random)], visit.due
    library, wanted = Library(person.client), EditIn(affirmations=lines)
    edited = await visit.ask("edit", lambda: library.edit(track, wanted))
    job_id = edited.audio_job_id
    if job_id is None or await _until_ready(visit, person, job_id, began):
        person.tracks[track] = Words(lines, old.voice, old.goal)


async def _sign_up(visit: Visit) -> None:
    client, crowd = visit.crowd.stranger(), visit.crowd
    person = await visit.ask("sign-up", lambda: crowd.join(client))
    await visit.ask("entitlement", client.entitlement)
    made = await _make(visit, person, words(visit.mix, visit.random))
    if made is not None:
        await visit.ask("bundle", lambda: client.bundle(made))
        await visit.ask("listen", lambda: Listening(client).tell(made, "start"))


async def _make(visit: Visit, person: Person, made_of: Words) -> UUID | None:
    """A track; its id once it is ready. Sent again it is the same one, and spends nothing."""
    local_id = UUID(int=visit.random.getrandbits(128), version=4)
    wanted, began = draft(made_of, local_id), visit.due
    made = await visit.ask("create", lambda: person.client.create_session(wanted))
    ready = await _until_ready(visit, person, made.audio_job_id, began)
    if ready:
        person.tracks[made.id] = made_of
    return made.id if ready else None


async def _until_ready(visit: Visit, person: Person, job_id: UUID, began: float) -> bool:
    """Follows a job to its end; what counts is the time since it should have been asked for."""
    visit.record.jobs_asked += 1
    streams = visit.random.random() < visit.mix.followed_by_stream
    job = await _streamed(visit, person, job_id) if streams else None
    while job is None or job.status not in FINISHED:
        visit.due = asyncio.get_running_loop().time()
        job = await visit.ask("poll", lambda: person.client.job(job_id))
        if job.status not in FINISHED:
            await asyncio.sleep(POLL_SECONDS)
    visit.due = asyncio.get_running_loop().time()
    if job.status == "failed":
        visit.record.jobs_failed += 1
        return False
    visit.record.ready.append(visit.due - began)
    return True


async def _streamed(visit: Visit, person: Person, job_id: UUID) -> JobOut | None:
    """The last state that a stream told; a stream that ends early leaves the rest to polling."""
    streams: list[AsyncGenerator[JobOut, None]] = []
    job: JobOut | None = None

    async def begin() -> JobOut:
        streams.append(person.client.job_events(job_id))
        return await anext(streams[-1])

    try:
        job = await visit.ask("progress", begin)
        while job.status not in FINISHED:
            job = await anext(streams[-1])
    except (ApiRefusal, ApiUnreachable, StopAsyncIteration):
        return job
    finally:
        for stream in streams:
            await stream.aclose()
    return job


DEEDS: dict[Deed, Callable[[Visit], Awaitable[None]]] = {
    "bundle": _bundle,
    "listen": _listen,
    "list": _list,
    "session": _session,
    "entitlement": _entitlement,
    "shelf": _shelf,
    "catalogue": _catalogue,
    "programs": _programs,
    "create": _create,
    "create_seen": _create_seen,
    "edit": _edit,
    "sign_up": _sign_up,
}
