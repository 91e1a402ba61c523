"""Which line of a session is spoken when, and what its track looks like."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import captions, http_captions
from ab_shared.contracts.base import ReplyT, Request
from ab_shared.errors import NotFound
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.webvtt import webvtt
from ab_gateway.usecases.read_session import as_seen_by


class ReadCaptions:
    """Captions as JSON or WebVTT, and the waveform."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def as_json(self, caller: Identity | None, session_id: UUID) -> http_captions.CaptionsOut:
        """As the app reads them; AudioNotReady until the session is rendered."""
        return _captions(await self._captions(caller, session_id))

    async def as_webvtt(self, caller: Identity | None, session_id: UUID) -> str:
        """As players of every kind read them; AudioNotReady until the session is rendered."""
        return webvtt(await self._captions(caller, session_id))

    async def waveform(
        self, caller: Identity | None, session_id: UUID
    ) -> http_captions.WaveformOut:
        """The peaks; AudioNotReady until the session is rendered."""
        user_id = caller.user_id if caller else None
        request = captions.GetWaveform(session_id=session_id, user_id=user_id)
        found = await self._ask(caller, request)
        return http_captions.WaveformOut(
            session_id=found.session_id,
            affirmations_hash=found.track_address,
            duration_ms=found.duration_ms,
            peaks=list(found.peaks),
        )

    async def _captions(self, caller: Identity | None, session_id: UUID) -> captions.Captions:
        user_id = caller.user_id if caller else None
        request = captions.GetCaptions(session_id=session_id, user_id=user_id)
        return await self._ask(caller, request)

    async def _ask(self, caller: Identity | None, request: Request[ReplyT]) -> ReplyT:
        try:
            return await self._services.call(request)
        except NotFound as missing:
            raise as_seen_by(caller, missing) from None


def _captions(found: captions.Captions) -> http_captions.CaptionsOut:
    return http_captions.CaptionsOut(
        session_id=found.session_id,
        affirmations_hash=found.track_address,
        duration_ms=found.duration_ms,
        cues=[_cue(cue) for cue in found.cues],
    )


def _cue(cue: captions.Cue) -> http_captions.CueOut:
    words = [http_captions.CaptionWordOut(**word.model_dump()) for word in cue.words]
    return http_captions.CueOut(**{**cue.model_dump(), "words": words or None})
