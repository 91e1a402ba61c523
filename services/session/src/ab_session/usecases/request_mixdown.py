"""Makes sure that there is an offline file, or one live job that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.mixdowns import MixdownState, RenderMixdown
from ab_shared.contracts.mixdowns import RequestMixdown as Request
from ab_shared.errors import AudioNotReady, Conflict
from ab_shared.runtime.clock import Clock

from ab_session.domain.downloads import check_mixdown
from ab_session.domain.mixdown import Mixdown, MixdownStage, finish, new_mixdown, snapshot
from ab_session.domain.mixdown_recipe import Layers, background_of, mixdown_command
from ab_session.domain.preferring import as_preferred
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem, Track
from ab_session.offline_ports import Downloads
from ab_session.ports import Store, Unit
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.record_mixdown import tell_mixdown
from ab_session.usecases.renew_licences import note_permit

# Minutes of a core each: more at once would only keep other listeners waiting.
MAX_LIVE = 3


@dataclass(frozen=True, slots=True)
class RequestMixdown:
    """Spends no generation; ``key`` is the deployment's key for content addresses.

    A mix and a background that are not named are those that the user saved.
    """

    store: Store
    downloads: Downloads
    key: bytes
    clock: Clock

    async def __call__(self, request: Request) -> MixdownState:
        """Ready, or the live job.

        Raises:
            EntitlementRequired: the plan holds no such file.
            NotFound: not a session this user can see.
            ValidationFailed: there is no such background, or a text of it has been rejected.
            AudioNotReady: a layer is missing; a stem that nobody makes has been asked for.
            Conflict: the user has too many files in the making.
        """
        permit = await self.downloads.permit(request.user_id)
        check_mixdown(permit, request.minutes)
        at = self.clock()
        async with self.store.begin() as unit:
            await unit.erasing.rely_on_sounds()
            await note_permit(unit, request.user_id, permit, at)
            session = await playable(unit, request.session_id, request.user_id)
            saved = await unit.selves.preferences(request.user_id)
            request = as_preferred(request, session, saved)
            track, stems = await self._sounds(unit, session, request, at)
            brain, background = session.stem_ids[0], background_of(session, request)
            if track is not None and stems.keys() >= {brain, background}:
                layers = Layers(track, stems[brain], stems[background])
                command = mixdown_command(self.key, session, request, layers)
                return await self._ensure(unit, session, request.user_id, command, track, at)
        # After the transaction, which has asked for what is missing.
        raise AudioNotReady("The sounds of this file are not ready yet")

    async def _sounds(
        self, unit: Unit, session: Session, request: Request, at: datetime
    ) -> tuple[Track | None, dict[str, PublishedStem]]:
        wanted = (session.stem_ids[0], background_of(session, request))
        stems = await unit.sounds.stems(wanted)
        missing = [stem for stem in wanted if stem not in stems]
        if missing:
            for stem_id in (await unit.sounds.ask_for_stems(missing, at)).to_ask:
                await unit.send(PublishStem(stem_id=stem_id))
        if session.audio is None:
            return None, stems
        return await unit.sounds.track(session.audio.track_address), stems

    async def _ensure(
        self,
        unit: Unit,
        session: Session,
        user_id: str,
        command: RenderMixdown,
        track: Track,
        at: datetime,
    ) -> MixdownState:
        address = command.mixdown_address
        latest = await unit.mixdowns.latest(user_id, session.id, address)
        if latest is not None and latest.live:
            return _state(latest)
        there = await unit.mixdowns.file(address) is not None
        if there and latest is not None and latest.stage is MixdownStage.READY:
            return _state(latest)
        if not there and await unit.mixdowns.live_of(user_id) >= MAX_LIVE:
            raise Conflict("Too many offline files are in the making; wait for one to be ready")
        attempt = latest.attempt + 1 if latest else 1
        job = new_mixdown(command, session.id, user_id, track.track_address, attempt=attempt, at=at)
        return await self._start(unit, finish(job, at) if there else job)

    async def _start(self, unit: Unit, job: Mixdown) -> MixdownState:
        if not await unit.mixdowns.add(job):
            # Somebody asked for the same at the same moment, and was first.
            other = await unit.mixdowns.latest(
                job.owner_user_id, job.session_id, job.mixdown_address
            )
            return _state(other or job)
        if job.command is not None:
            await unit.send(job.command)
        await tell_mixdown(unit, job)
        return _state(job)


def _state(job: Mixdown) -> MixdownState:
    return MixdownState(ready=not job.live, job=snapshot(job) if job.live else None)
