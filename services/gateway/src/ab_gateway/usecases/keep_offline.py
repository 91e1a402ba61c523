"""Offline files of a session: asking for one, and all there are with fresh URLs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ab_shared.contracts import rpc
from ab_shared.contracts.http_mixdowns import DownloadOut, MixdownIn, MixdownOut
from ab_shared.contracts.http_offline import OfflineOut
from ab_shared.contracts.mixdowns import GetDownload, MixdownState, RequestMixdown
from ab_shared.contracts.offline import ForgetOffline, ListOffline
from ab_shared.messaging.ports import Caller

from ab_gateway.domain import offline
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.request_keys import keyed
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.sign_urls import SignUrls

MIXDOWN = "POST /sessions/{id}/mixdown"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest, and what stays the same as long as its files do."""

    etag: str
    body: DownloadOut


class KeepOffline:
    """The session service decides who may keep what; the gateway alone signs."""

    def __init__(self, services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> None:
        self._services = services
        self._once = once
        self._sign_urls = sign_urls

    async def mixdown(
        self, caller: Identity, session_id: UUID, wanted: MixdownIn, key: str | None
    ) -> MixdownOut:
        """Ready, or pending with the job to watch; asking again changes nothing."""
        request = RequestMixdown(
            session_id=session_id,
            user_id=caller.user_id,
            minutes=wanted.minutes,
            mix=rpc.Mix(**wanted.mix.model_dump(by_alias=False)) if wanted.mix else None,
            background_id=wanted.background_id,
            format=wanted.format,
            fade_out=wanted.fade_out,
        )
        said = (str(session_id), wanted.model_dump_json())
        asked = keyed(caller.user_id, MIXDOWN, key, *said)
        state = await self._once(asked, MixdownState, lambda: self._services.call(request))
        return offline.mixdown_state(state)

    async def manifest(
        self, caller: Identity, session_id: UUID, since: str | None = None
    ) -> Manifest:
        """The files, signed now; AudioNotReady until the session is rendered."""
        request = GetDownload(session_id=session_id, user_id=caller.user_id, since=since)
        made = await self._services.call(request)
        signing = self._sign_urls()
        body = offline.download(made, signing.sign, signing.expires_at)
        return Manifest(f'"{offline.fingerprint(made)}"', body)

    async def shelf(self, caller: Identity) -> OfflineOut:
        """Everything the caller keeps."""
        return offline.shelf(await self._services.call(ListOffline(user_id=caller.user_id)))

    async def forget(self, caller: Identity, session_id: UUID) -> None:
        """NotFound for what was never handed out."""
        request = ForgetOffline(user_id=caller.user_id, session_id=session_id)
        await self._services.call(request)
