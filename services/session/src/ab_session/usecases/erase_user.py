"""Erases a person: sessions, jobs, and every sound that was theirs alone."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ab_shared.contracts.events import SessionChanged
from ab_shared.contracts.privacy import Erased, ErasureRequested, UserErased
from ab_shared.contracts.reconciling import Kind
from ab_shared.runtime.clock import Clock

from ab_session.domain.erasing import (
    LATE_PART,
    Doomed,
    Erasure,
    LeftSounds,
    commands_of,
    reads_of,
)
from ab_session.domain.mixdown import cancel
from ab_session.domain.session import Session
from ab_session.ports import Store, Unit
from ab_session.usecases.record_mixdown import call_off

# Longer than work that was in hand at the moment of an erasure can take to arrive.
REMEMBERED = timedelta(days=2)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class EraseUser:
    """Done once in one transaction; asked again it says and commands the same again.

    ``key`` is the deployment's key for content addresses.
    """

    store: Store
    key: bytes
    clock: Clock

    async def __call__(self, event: ErasureRequested) -> None:
        """Commands tts and stitching to erase sounds, and announces ``Erased``."""
        at = self.clock()
        async with self.store.begin() as unit:
            # First: whoever is about to build on a sound that goes must have said so by now.
            await unit.erasing.hold_sounds()
            erasure, new = await unit.erasing.begin(event.erasure_id, event.user_id, at)
            if new:
                await self._erase(unit, erasure, event.user_id)
            await _report(unit, erasure)

    async def again(self, event: UserErased) -> None:
        """The erasure is over everywhere: what crossed it goes too, and then whose it was."""
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.erasing.hold_sounds()
            erasure = await unit.erasing.find(event.erasure_id)
            if erasure is None or erasure.user_id is None:
                return
            # A request that had passed the gateway when its token was revoked.
            sessions = await unit.erasing.sessions_of(erasure.user_id)
            files = await unit.erasing.mixdowns_of(erasure.user_id)
            if sessions or files or await unit.library.left_sounds(erasure.user_id):
                late = replace(erasure, erased_at=at)
                await self._erase(unit, late, erasure.user_id)
                await _report(unit, late)
            await unit.erasing.delete_own(erasure.user_id)
            await self._doubt(unit, erasure, at)
            await unit.erasing.finish(erasure.id, at - REMEMBERED)

    async def _doubt(self, unit: Unit, erasure: Erasure, at: datetime) -> None:
        """Forgets what somebody else has had made since, so that they ask for it once more.

        Clocks differ: their wish may have looked older than the erasure, and the sound be gone.
        Whoever has it says so at once, and whoever has not makes it again; neither costs them.
        """
        gone: dict[Kind, list[str]] = {}
        for sound in await unit.erasing.doomed(erasure.id):
            gone.setdefault(sound.kind, []).append(sound.name)
        for session_id, owner, version in await unit.sessions.lose_tracks(
            gone.get("track", []), at
        ):
            lost = SessionChanged(session_id=session_id, owner_user_id=owner, version=version)
            await unit.send(lost)
        for kind, names in gone.items():
            await unit.sounds.forget(kind, names)

    async def _erase(self, unit: Unit, erasure: Erasure, user_id: str) -> None:
        sessions = await unit.erasing.sessions_of(user_id)
        files = await unit.erasing.mixdowns_of(user_id)
        # Stopped, not told: nobody may watch these jobs any more.
        for job in files:
            if job.live:
                await unit.mixdowns.save(cancel(job, erasure.erased_at))
                await call_off(unit, job.mixdown_address)
        left = await unit.library.left_sounds(user_id)
        left = replace(left, mixdowns=left.mixdowns | {job.mixdown_address for job in files})
        doomed = await self._doomed(unit, user_id, sessions, left)
        counts = await unit.erasing.delete_user(user_id)
        await unit.sounds.forget_reads(doomed.speech, doomed.prepared)
        await unit.sounds.forget("track", sorted(doomed.tracks))
        await unit.sounds.forget("mixdown", sorted(doomed.mixdowns))
        total = Counter(counts) + Counter(erasure.counts)
        await unit.erasing.doom(erasure, doomed, dict(total))
        for session in sessions:
            await unit.send(_gone(session))
        logger.info("A user was erased", extra={"erasure": str(erasure.id), **counts})

    async def _doomed(
        self, unit: Unit, user_id: str, sessions: Sequence[Session], left: LeftSounds
    ) -> Doomed:
        """What is theirs or was until they edited it, less what is somebody else's too."""
        erasing = unit.erasing
        spoken = [(line, s.recipe) for s in sessions if s.recipe for line in s.lines]
        spoken += left.lines
        own = reads_of(self.key, spoken)
        lines = sorted({line for line, _ in spoken})
        shared = reads_of(self.key, await erasing.lines_of_others(user_id, lines))
        tracks = await erasing.tracks_of(user_id) | left.tracks
        kept = await erasing.tracks_of_others(user_id, tracks)
        files = await erasing.mixdowns_of_others(user_id, left.mixdowns)
        return replace(own, tracks=tracks, mixdowns=left.mixdowns) - replace(
            shared, tracks=kept, mixdowns=files
        )


async def came_late(unit: Unit, kind: Kind, name: str) -> bool:
    """Whether a sound that nobody waits for went with somebody: then it goes again.

    Work that was in hand when they were erased ends a little later, and lands here.
    """
    sound = await unit.erasing.erased(kind, name)
    if sound is None:
        return False
    for command in commands_of([replace(sound, part=LATE_PART)]):
        await unit.send(command)
    return True


async def _report(unit: Unit, erasure: Erasure) -> None:
    commands = commands_of(await unit.erasing.doomed(erasure.id))
    for command in commands:
        await unit.send(command)
    parts = Counter(command.routing_key.partition(".")[0] for command in commands)
    found = await unit.erasing.find(erasure.id)
    counts: Mapping[str, int] = found.counts if found else {}
    await unit.send(
        Erased(erasure_id=erasure.id, service="session", counts=dict(counts), parts=dict(parts))
    )


def _gone(session: Session) -> SessionChanged:
    return SessionChanged(
        session_id=session.id,
        owner_user_id=session.owner_user_id,
        version=session.version + 1,
        deleted=True,
    )
