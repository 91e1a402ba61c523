"""The public API, typed: one method a route."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from ab_shared.contracts import http as wire
from ab_shared.contracts.http_captions import CaptionsOut, WaveformOut
from ab_shared.contracts.http_exporting import ExportOut
from ab_shared.contracts.http_mixdowns import DownloadOut, MixdownIn, MixdownOut
from ab_shared.contracts.http_privacy import ErasureOut
from ab_shared.contracts.http_profile import ProfileIn
from pydantic import BaseModel, ValidationError

from ab_client.errors import ApiRefusal, ApiUnreachable, UnexpectedAnswer

ModelT = TypeVar("ModelT", bound=BaseModel)
TIMEOUT = httpx.Timeout(20.0, connect=5.0)
STREAM_TIMEOUT = httpx.Timeout(40.0, connect=5.0)  # a heartbeat comes every 15 s


class ApiClient:
    """A signed-in or anonymous user of one deployment.

    Every method raises ``ApiRefusal`` for an error answer, ``ApiUnreachable`` when none comes and
    ``UnexpectedAnswer`` for one that breaks the contract.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=TIMEOUT, transport=transport)
        if token:
            self.use_token(token)

    def use_token(self, token: str) -> None:
        """Sends this access token from now on."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    @property
    def authorization(self) -> str | None:
        """The Authorization header sent with every request."""
        header: str | None = self._http.headers.get("Authorization")
        return header

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def health(self) -> wire.Health:
        """The light."""
        return await self._get("/v1/health", wire.Health)

    async def register(self, email: str, password: str) -> wire.Tokens:
        """Makes an account at the built-in issuer and uses its token."""
        return await self._sign_in("/v1/auth/register", email, password)

    async def login(self, email: str, password: str) -> wire.Tokens:
        """Signs in at the built-in issuer and uses the token."""
        return await self._sign_in("/v1/auth/login", email, password)

    async def refresh(self, refresh_token: str) -> wire.Tokens:
        """Changes a refresh token for a new pair and uses it."""
        body = wire.RefreshIn(refresh_token=refresh_token)
        tokens = await self._post("/v1/auth/refresh", wire.Tokens, body)
        self.use_token(tokens.access_token)
        return tokens

    async def me(self) -> wire.ProfileOut:
        """Who the caller is."""
        return await self._get("/v1/me", wire.ProfileOut)

    async def update_profile(self, *, timezone: str) -> wire.ProfileOut:
        """Sets the zone that the caller's days are counted in."""
        body = ProfileIn(timezone=timezone)
        content = body.model_dump_json(by_alias=True).encode()
        headers = {"Content-Type": "application/json"}
        return _read(
            await self._send("PATCH", "/v1/me", content=content, headers=headers), wire.ProfileOut
        )

    async def entitlement(self) -> wire.EntitlementV3:
        """What the caller may do now."""
        return await self._get("/v1/me/entitlement", wire.EntitlementV3)

    async def export(self, *, fresh: bool = False) -> ExportOut:
        """All that is held of the caller: an archive, or the job that makes it."""
        return await self._get(f"/v1/me/export{'?fresh=true' if fresh else ''}", ExportOut)

    async def erase_me(self) -> ErasureOut:
        """Begins to erase the caller, whose tokens stop working; the job needs none to be read."""
        return _read(await self._send("DELETE", "/v1/me"), ErasureOut)

    async def create_session(
        self, draft: wire.DraftSession, *, idempotency_key: str | None = None
    ) -> wire.CreatedSessionV3:
        """Makes a session; its audio job starts at once."""
        headers = {"Idempotency-Key": f'"{idempotency_key}"'} if idempotency_key else None
        return await self._post("/v1/sessions", wire.CreatedSessionV3, draft, headers=headers)

    async def session(self, session_id: UUID) -> wire.SessionV3:
        """One session."""
        return await self._get(f"/v1/sessions/{session_id}", wire.SessionV3)

    async def sessions(
        self, *, limit: int = 50, offset: int = 0, cursor: str | None = None
    ) -> wire.SessionList:
        """Catalogue rows, then own sessions, newest first; behind ``cursor`` where one is given."""
        place = f"cursor={quote(cursor)}" if cursor else f"offset={offset}"
        return await self._get(f"/v1/sessions?limit={limit}&{place}", wire.SessionList)

    async def all_sessions(self, *, limit: int = 100) -> AsyncIterator[wire.SessionRow]:
        """Every row, page by page; sessions that are made meanwhile move nothing."""
        page = await self.sessions(limit=limit)
        while True:
            for row in page.sessions:
                yield row
            if page.next_cursor is None:
                return
            page = await self.sessions(limit=limit, cursor=page.next_cursor)

    async def ensure_audio(self, session_id: UUID) -> wire.EnsureAudioOut:
        """Ready, or the live job that makes it so."""
        return await self._post(f"/v1/sessions/{session_id}/ensure-audio", wire.EnsureAudioOut)

    async def job(self, job_id: UUID) -> wire.JobOut:
        """One job as it is now."""
        return (await self._get(f"/v1/jobs/{job_id}", wire.JobEnvelope)).job

    async def job_events(self, job_id: UUID) -> AsyncGenerator[wire.JobOut, None]:
        """A job each time it changes (Server-Sent Events), the present state first.

        The server may close the stream before the job has ended: ask again.
        """
        path = f"/v1/jobs/{job_id}/events"
        try:
            async with self._http.stream("GET", path, timeout=STREAM_TIMEOUT) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                async for line in response.aiter_lines():
                    if line.startswith("data:"):
                        yield _parse(wire.JobEnvelope, line[5:].encode(), path).job
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def cancel_job(self, job_id: UUID) -> wire.JobOut:
        """Stops a live job."""
        return (await self._post(f"/v1/jobs/{job_id}/cancel", wire.JobEnvelope)).job

    async def bundle(self, session_id: UUID) -> wire.PlaybackBundleVM:
        """Everything needed to play a session."""
        path = f"/v1/sessions/{session_id}/playback-bundle"
        return (await self._get(path, wire.BundleEnvelope)).bundle

    async def audio_report(self, session_id: UUID) -> wire.AudioReportOut:
        """What was measured on a session's track."""
        return await self._get(f"/v1/sessions/{session_id}/audio-report", wire.AudioReportOut)

    async def captions(self, session_id: UUID) -> CaptionsOut:
        """Which line is spoken when."""
        return await self._get(f"/v1/sessions/{session_id}/captions", CaptionsOut)

    async def waveform(self, session_id: UUID) -> WaveformOut:
        """Peaks of the track, to draw."""
        return await self._get(f"/v1/sessions/{session_id}/waveform", WaveformOut)

    async def mixdown(self, session_id: UUID, wanted: MixdownIn) -> MixdownOut:
        """An offline file: ready, or the job that makes it."""
        return await self._post(f"/v1/sessions/{session_id}/mixdown", MixdownOut, wanted)

    async def download(self, session_id: UUID) -> DownloadOut:
        """Every file of a session that may be kept."""
        return await self._get(f"/v1/sessions/{session_id}/download", DownloadOut)

    async def call(
        self,
        method: str,
        path: str,
        model: type[ModelT],
        body: BaseModel | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> ModelT:
        """Any route: for areas of the API that have a file of their own."""
        content = body.model_dump_json(by_alias=True).encode() if body else None
        sent = {"Content-Type": "application/json"} if body else {}
        sent |= headers or {}
        return _read(await self._send(method, path, content=content, headers=sent), model)

    async def done(self, method: str, path: str) -> None:
        """Any route that answers with nothing."""
        await self._send(method, path)

    async def _sign_in(self, path: str, email: str, password: str) -> wire.Tokens:
        body = wire.CredentialsIn(email=email, password=password)
        tokens = await self._post(path, wire.Tokens, body)
        self.use_token(tokens.access_token)
        return tokens

    async def _get(self, path: str, model: type[ModelT]) -> ModelT:
        return _read(await self._send("GET", path), model)

    async def _post(
        self,
        path: str,
        model: type[ModelT],
        body: BaseModel | None = None,
        *,
        headers: dict[str, str] | None = None,
    ) -> ModelT:
        content = body.model_dump_json(by_alias=True).encode() if body else b""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return _read(await self._send("POST", path, content=content, headers=sent), model)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        try:
            response = await self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _refusal(response)
        return response

    def _unreachable(self, error: httpx.HTTPError) -> ApiUnreachable:
        return ApiUnreachable(f"{self.base_url} does not answer ({type(error).__name__})")


def _refusal(response: httpx.Response) -> ApiRefusal:
    wait = response.headers.get("Retry-After", "")
    seconds = float(wait) if wait.isdecimal() else None
    return ApiRefusal(response.status_code, _read(response, wire.ApiError), seconds)


def _read(response: httpx.Response, model: type[ModelT]) -> ModelT:
    return _parse(model, response.content, f"{response.status_code} {response.url.path}")


def _parse(model: type[ModelT], content: bytes, source: str) -> ModelT:
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, row["loc"])) for row in error.errors())
        raise UnexpectedAnswer(f"{source} is no {model.__name__}: {fields}") from error
