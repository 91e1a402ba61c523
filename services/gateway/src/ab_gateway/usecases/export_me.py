"""An archive of all that is held of the caller."""

from __future__ import annotations

from ab_shared.contracts.exporting import RequestExport
from ab_shared.contracts.http_exporting import ExportOut
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.usecases.sign_urls import SignUrls


class ExportMe:
    """Auth has it made and keeps it; the gateway alone signs."""

    def __init__(self, services: Caller, sign_urls: SignUrls) -> None:
        self._services = services
        self._sign_urls = sign_urls

    async def __call__(self, caller: Identity, *, fresh: bool) -> ExportOut:
        """The job, with the signed archive once there is one; its URL never outlives it."""
        request = RequestExport(
            user_id=caller.user_id,
            issuer=caller.issuer,
            fresh=fresh,
            issued_at=caller.issued_at,
        )
        state = await self._services.call(request)
        archive = state.archive
        if archive is None:
            return ExportOut(job_id=state.job_id)
        signing = self._sign_urls(not_after=archive.expires_at)
        return ExportOut(
            job_id=state.job_id,
            url=signing.sign(archive.key),
            expires_at=signing.expires_at,
            bytes=archive.bytes,
            sha256=archive.sha256,
        )
