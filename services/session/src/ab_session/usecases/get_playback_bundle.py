"""Answers all that is needed to play a session."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.audio_profile import (
    GAP_AFTER_READ_2_MS,
    MIN_SILENCE_MS,
    VOICE_THRESHOLD_DB,
)
from ab_shared.contracts.commands import PublishStem
from ab_shared.errors import AudioNotReady
from ab_shared.runtime.clock import Clock

from ab_session.domain.preferring import mix_of, preferred_background
from ab_session.domain.session import Session
from ab_session.domain.sounds import PublishedStem, Track
from ab_session.ports import Store, Unit
from ab_session.usecases.admit_lines import playable
from ab_session.usecases.ensure_audio import EnsureAudio


@dataclass(frozen=True, slots=True)
class GetPlaybackBundle:
    """Unsigned: URLs are made at the edge."""

    store: Store
    ensure: EnsureAudio
    clock: Clock

    async def __call__(self, request: rpc.GetPlaybackBundle) -> rpc.PlaybackBundle:
        """The bundle with the mix and the background that the caller saved.

        A saved background that is yet to be made is asked for; until then the session's own plays.

        Raises:
            NotFound: not a session this caller can see.
            ValidationFailed: a text of it has been rejected since it was written.
            AudioNotReady: a part is missing; what nobody is making yet has been asked for.
        """
        async with self.store.begin() as unit:
            session = await playable(unit, request.session_id, request.user_id)
            track = await self._track(unit, session)
            saved = await unit.selves.preferences(request.user_id) if request.user_id else None
            background = preferred_background(session, saved)
            # Each once, in one order: stems are locked as they are asked for.
            wanted = tuple(dict.fromkeys((*session.stem_ids, background)))
            stems = await unit.sounds.stems(wanted)
            await self._ask(unit, [stem for stem in wanted if stem not in stems])
        if track is None and session.owner_user_id is None:
            await self.ensure.for_catalogue(session)
        if track is None or not stems.keys() >= set(session.stem_ids):
            raise AudioNotReady("The audio of this session is not ready yet")
        bed = background if background in stems else session.stem_ids[1]
        return _bundle(session, track, stems, bed, mix_of(saved))

    async def _track(self, unit: Unit, session: Session) -> Track | None:
        if session.audio is None:
            return None
        return await unit.sounds.track(session.audio.track_address)

    async def _ask(self, unit: Unit, missing: list[str]) -> None:
        if missing:
            for stem_id in (await unit.sounds.ask_for_stems(missing, self.clock())).to_ask:
                await unit.send(PublishStem(stem_id=stem_id))


def _bundle(
    session: Session, track: Track, stems: dict[str, PublishedStem], background: str, mix: rpc.Mix
) -> rpc.PlaybackBundle:
    brain = session.stem_ids[0]
    solfeggio = session.layer.solfeggio_hz is not None
    layer = stems[brain].layer(session.layer.stem.hz)
    return rpc.PlaybackBundle(
        session_id=session.id,
        track=rpc.Layer(asset=track.asset, loudness_lufs=track.loudness_lufs),
        background=stems[background].layer(),
        binaural=None if solfeggio else layer,
        solfeggio=layer if solfeggio else None,
        mix=mix,
        spacing_ms=GAP_AFTER_READ_2_MS,
        segments=track.segments,
        threshold_db=VOICE_THRESHOLD_DB,
        min_silence_ms=MIN_SILENCE_MS,
    )
