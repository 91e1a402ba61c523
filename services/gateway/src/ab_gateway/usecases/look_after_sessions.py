"""What administrators see of everybody's sessions, and do to one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from ab_shared.contracts import http_admin_sessions as http
from ab_shared.contracts import inspecting, session_desk
from ab_shared.contracts.base import Empty
from ab_shared.contracts.reconciling import MAX_PAGE, Kind
from ab_shared.errors import Conflict, NotFound, TransientError
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import presenting_desk
from ab_gateway.domain.request_keys import keyed
from ab_gateway.domain.roles import Administrator
from ab_gateway.usecases.answer_once import AnswerOnce

# A page is 200 questions to the object store; a deep one reads what the budget holds.
LOOK_SECONDS, DEEP_SECONDS = 4.0, 10.0
DEEP_BYTES = 96 * inspecting.MEBIBYTE
REBUILD = "POST /admin/sessions/{id}/rebuild-audio"


@dataclass(slots=True)
class _Look:
    """What makers said of some sounds."""

    seen: dict[tuple[Kind, str], inspecting.InspectedObject] = field(default_factory=dict)
    unavailable: set[str] = field(default_factory=set)
    read_bytes: int = 0


class LookAfterSessions:
    """Session knows what there should be; tts and stitching look at their own buckets."""

    def __init__(self, services: Caller, once: AnswerOnce) -> None:
        self._services = services
        self._once = once

    async def page(self, wanted: session_desk.ListAnySessions) -> http.AdminSessionsOut:
        """Everybody's, newest first."""
        return presenting_desk.sessions(await self._services.call(wanted))

    async def read(self, session_id: UUID) -> http.AdminSessionOut:
        """One; NotFound where there is none."""
        asked = session_desk.ListAnySessions(session_id=session_id)
        found = (await self._services.call(asked)).sessions
        if not found:
            raise NotFound("There is no such session")
        return presenting_desk.session(found[0])

    async def lines(self, by: Administrator, session_id: UUID, why: str) -> http.SessionLinesOut:
        """What its owner wrote; the entry is in the trail before the answer leaves."""
        deed = session_desk.ReadLines(
            session_id=session_id, actor=by.user_id, actor_kind="admin", reason=why
        )
        return presenting_desk.lines(await self._services.call(deed))

    async def integrity(self, session_id: UUID, *, deep: bool) -> http.IntegrityOut:
        """Every object it needs; a maker that is away is named, and none of its sounds judged."""
        asked = session_desk.ListNeededObjects(session_id=session_id)
        needed = await self._services.call(asked)
        look = await self._look(needed.objects, deep=deep)
        sounds = [presenting_desk.sound(one, look.seen) for one in needed.objects]
        return presenting_desk.integrity(needed, sounds, sorted(look.unavailable), look.read_bytes)

    async def rebuild(
        self, by: Administrator, session_id: UUID, wanted: http.RebuildIn, key: str | None
    ) -> http.RebuiltOut:
        """Gives up what is broken, then has made what is missing; under a key once.

        Raises:
            Conflict: a job of it is at work.
            TransientError: a maker is away and nothing is forced.
        """
        asked = keyed(by.user_id, REBUILD, key, str(session_id), wanted.model_dump_json())
        return await self._once(
            asked, http.RebuiltOut, lambda: self._rebuild(by, session_id, wanted)
        )

    async def delete(self, by: Administrator, session_id: UUID, why: str) -> None:
        """As its owner's deleting."""
        deed = session_desk.DeleteAnySession(
            session_id=session_id, actor=by.user_id, actor_kind="admin", reason=why
        )
        _done: Empty = await self._services.call(deed)

    async def _rebuild(
        self, by: Administrator, session_id: UUID, wanted: http.RebuildIn
    ) -> http.RebuiltOut:
        found = await self.integrity(session_id, deep=wanted.deep)
        if found.state == "working":
            raise Conflict("A job of this session is at work: wait for it, or cancel it")
        if found.unavailable and not wanted.force:
            raise TransientError("Not every sound could be looked at")
        broken = [one for one in found.objects if presenting_desk.is_broken(one)]
        forced = [one for one in found.objects if wanted.force and one.kind == "track"]
        given_up = {(one.kind, one.name): one for one in (*broken, *forced)}.values()
        await self._discard(by, given_up, wanted.reason)
        gone = [session_desk.GoneSound(kind=one.kind, name=one.name) for one in broken]
        deed = session_desk.RebuildAudio(
            session_id=session_id,
            gone=tuple(gone),
            force=wanted.force,
            actor=by.user_id,
            actor_kind="admin",
            reason=wanted.reason,
        )
        rebuilt = await self._services.call(deed)
        return presenting_desk.rebuilt(rebuilt, len(broken))

    async def _look(self, wanted: Sequence[session_desk.NeededObject], *, deep: bool) -> _Look:
        look = _Look()
        names: dict[Kind, list[str]] = defaultdict(list)
        for one in wanted:
            names[one.kind].append(one.name)
        pages = [(kind, page) for kind, all_of in names.items() for page in _pages(all_of)]
        if deep:
            # One after the other: a budget is for all of them together.
            for kind, page in pages:
                await self._look_at(look, kind, page, deep=True)
        else:
            looks = (self._look_at(look, kind, page, deep=False) for kind, page in pages)
            await asyncio.gather(*looks)
        return look

    async def _look_at(
        self, look: _Look, kind: Kind, names: tuple[str, ...], *, deep: bool
    ) -> None:
        request = inspecting.InspectSpeech if kind == "speech" else inspecting.InspectAudio
        maker = request.routing_key.partition(".")[0]
        # The caller does not wait for it once more for each kind of sound.
        if maker in look.unavailable:
            return
        budget = max(0, DEEP_BYTES - look.read_bytes)
        asked = request(kind=kind, names=names, deep=deep, budget_bytes=budget)
        seconds = DEEP_SECONDS if deep else LOOK_SECONDS
        try:
            found = await self._services.call(asked, timeout=seconds)
        except TransientError:
            look.unavailable.add(maker)
            return
        look.read_bytes += found.read_bytes
        look.seen.update({(kind, one.name): one for one in found.objects})

    async def _discard(
        self, by: Administrator, sounds: Iterable[http.ObjectOut], why: str | None
    ) -> None:
        names: dict[Kind, list[str]] = defaultdict(list)
        for sound in sounds:
            names[sound.kind].append(sound.name)
        for kind, all_of in names.items():
            request = inspecting.DiscardSpeech if kind == "speech" else inspecting.DiscardAudio
            for page in _pages(all_of):
                deed = request(
                    kind=kind, names=page, actor=by.user_id, actor_kind="admin", reason=why
                )
                await self._services.call(deed)


def _pages(names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    left = iter(names)
    while page := tuple(islice(left, MAX_PAGE)):
        yield page
