"""The typed client on httpx's mock transport, speaking the real wire."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from ab_client import jobs
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal, ApiUnreachable, JobFailed, UnexpectedAnswer
from ab_client.jobs import follow, wait_for
from ab_shared.contracts.http import ApiError, DraftSession, JobEnvelope, JobOut, Tokens
from ab_shared.errors import ErrorCode

ID = UUID(int=7)
JSON = {"Content-Type": "application/json"}
DRAFT = DraftSession(title="Calm", affirmations=["I rest."], voice_id="nova")
HEARTBEAT = b": still here\n\n"


def job(status: str, progress: float = 0.0, error: str | None = None) -> JobOut:
    body = {"id": ID, "type": "audio", "status": status, "progress": progress, "stage": "queued"}
    rest = {"error": error, "sessionId": ID, "createdAt": datetime.now(UTC)}
    return JobOut.model_validate(body | rest)


def event(seen: JobOut) -> bytes:
    return f"id: 1\ndata: {JobEnvelope(job=seen).model_dump_json()}\n\n".encode()


def refused(status: int, code: ErrorCode, message: str = "no") -> httpx.Response:
    body = ApiError(code=code, message=message, request_id="abc").model_dump_json()
    return httpx.Response(status, content=body, headers=JSON)


class Stream(httpx.AsyncByteStream):
    """Chunks as the network cuts them; an exception among them breaks the stream."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


def streamed(*chunks: bytes | Exception) -> httpx.Response:
    return httpx.Response(200, stream=Stream(*chunks))


class Api:
    """Gives the answers a test puts in, one after the other, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
async def client(api: Api, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ApiClient]:
    monkeypatch.setattr(jobs, "PAUSE_SECONDS", 0.0)
    async with ApiClient("http://api.test/", transport=httpx.MockTransport(api)) as opened:
        yield opened


class TestRequests:
    async def test_a_signed_in_client_sends_its_token(self, api: Api, client: ApiClient) -> None:
        tokens = Tokens(access_token="first", refresh_token="r1", expires_in=900)
        newer = tokens.model_copy(update={"access_token": "second"})
        api.answers = [
            httpx.Response(201, content=tokens.model_dump_json()),
            httpx.Response(200, content=newer.model_dump_json()),
            httpx.Response(200, json={"sessions": [], "limit": 5, "offset": 10, "hasMore": False}),
        ]
        await client.login("ann@example.com", "0123456789")
        await client.refresh("r1")
        assert not (await client.sessions(limit=5, offset=10)).has_more
        assert [r.headers.get("Authorization") for r in api.asked] == [
            *(None, "Bearer first", "Bearer second")
        ]
        sent = [json.loads(r.content) for r in api.asked[:2]]
        assert sent == [
            {"email": "ann@example.com", "password": "0123456789"},
            {"refreshToken": "r1"},
        ]
        assert str(api.asked[2].url) == "http://api.test/v1/sessions?limit=5&offset=10"

    async def test_a_draft_is_camel_case_without_nulls(self, api: Api, client: ApiClient) -> None:
        api.answers = [refused(403, ErrorCode.FREE_LIMIT_REACHED)]
        with pytest.raises(ApiRefusal):
            await client.create_session(DRAFT, idempotency_key="k-1")
        (request,) = api.asked
        assert json.loads(request.content) == {
            "title": "Calm",
            "affirmations": ["I rest."],
            "voiceId": "nova",
        }
        assert request.headers["Idempotency-Key"] == '"k-1"'
        assert request.headers["Content-Type"] == "application/json"

    async def test_a_refusal_keeps_status_code_and_message(
        self, api: Api, client: ApiClient
    ) -> None:
        api.answers = [refused(404, ErrorCode.AUDIO_NOT_READY, "Not rendered yet")]
        with pytest.raises(ApiRefusal, match="404 AUDIO_NOT_READY: Not rendered yet") as caught:
            await client.bundle(ID)
        assert (caught.value.status, caught.value.error.request_id) == (404, "abc")
        assert caught.value.retry_after is None

    async def test_a_refusal_says_how_long_to_wait(self, api: Api, client: ApiClient) -> None:
        busy = refused(503, ErrorCode.SERVICE_UNAVAILABLE)
        busy.headers["Retry-After"] = "2"
        api.answers = [busy]
        with pytest.raises(ApiRefusal) as caught:
            await client.me()
        assert caught.value.retry_after == 2.0

    @pytest.mark.parametrize(
        "failure",
        [
            httpx.ConnectError("refused"),
            httpx.ReadTimeout("slow"),
            httpx.RemoteProtocolError("torn"),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    async def test_no_answer_names_the_address(
        self, api: Api, client: ApiClient, failure: Exception
    ) -> None:
        api.answers = [failure]
        with pytest.raises(ApiUnreachable, match=r"http://api\.test does not answer") as caught:
            await client.health()
        assert type(failure).__name__ in str(caught.value)

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, text="<html>Welcome</html>"),
            httpx.Response(200, json={"ok": False}),
            httpx.Response(302, headers={"Location": "/elsewhere"}),
            httpx.Response(502, text="Bad gateway"),
            httpx.Response(500, json={"code": "SOMETHING", "message": "new"}),
        ],
        ids=lambda answer: str(answer.status_code),
    )
    async def test_what_breaks_the_contract_is_unexpected(
        self, api: Api, client: ApiClient, answer: httpx.Response
    ) -> None:
        api.answers = [answer]
        with pytest.raises(UnexpectedAnswer, match=f"{answer.status_code} /v1/health is no"):
            await client.health()

    async def test_what_a_newer_server_adds_is_ignored(self, api: Api, client: ApiClient) -> None:
        api.answers = [httpx.Response(200, json={"ok": True, "since": "today"})]
        assert (await client.health()).ok


class TestEvents:
    async def test_chunks_need_not_end_where_events_do(self, api: Api, client: ApiClient) -> None:
        states = [job("pending"), job("processing", 0.5), job("completed", 1.0)]
        text = HEARTBEAT + HEARTBEAT.join(event(state) for state in states)
        api.answers = [streamed(*(text[at : at + 7] for at in range(0, len(text), 7)))]
        seen = [state.progress async for state in client.job_events(ID)]
        assert seen == [0.0, 0.5, 1.0]
        assert api.asked[0].url.path == f"/v1/jobs/{ID}/events"

    async def test_a_stream_that_is_refused_says_so(self, api: Api, client: ApiClient) -> None:
        api.answers = [refused(404, ErrorCode.NOT_FOUND)]
        with pytest.raises(ApiRefusal, match="404"):
            await anext(client.job_events(ID))

    async def test_an_event_that_is_no_job_is_unexpected(self, api: Api, client: ApiClient) -> None:
        api.answers = [streamed(b'data: {"job": 1}\n\n')]
        with pytest.raises(UnexpectedAnswer, match="is no JobEnvelope: job"):
            await anext(client.job_events(ID))

    @pytest.mark.parametrize(
        "first",
        [
            [streamed(event(job("processing", 0.1)))],
            [streamed(event(job("processing", 0.1)), httpx.ReadError("cut"))],
            [streamed(event(job("processing", 0.1))), httpx.ConnectError("restarting")],
            [streamed(event(job("processing", 0.1))), httpx.Response(204)],
        ],
        ids=["ended early", "cut", "away for a while", "said to be over"],
    )
    async def test_a_stream_that_ends_early_is_asked_for_again(
        self, api: Api, client: ApiClient, first: list[httpx.Response | Exception]
    ) -> None:
        last = streamed(event(job("processing", 0.9)), event(job("completed", 1.0)))
        api.answers = [*first, last]
        seen = [state.progress async for state in follow(client, ID, patience_seconds=5)]
        assert seen == [0.1, 0.9, 1.0]
        assert last.is_closed

    async def test_a_refusal_ends_it(self, api: Api, client: ApiClient) -> None:
        api.answers = [streamed(event(job("pending"))), refused(401, ErrorCode.UNAUTHORIZED)]
        with pytest.raises(ApiRefusal, match="401"):
            await wait_for(client, ID)

    async def test_patience_ends_it(self, api: Api, client: ApiClient) -> None:
        api.answers = [streamed(event(job("pending"))) for _ in range(5_000)]
        with pytest.raises(TimeoutError):
            async for _ in follow(client, ID, patience_seconds=0.1):
                pass

    async def test_waiting_shows_every_change_and_gives_the_last(
        self, api: Api, client: ApiClient
    ) -> None:
        api.answers = [streamed(event(job("pending")), event(job("completed", 1.0)))]
        shown: list[JobOut] = []
        last = await wait_for(client, ID, shown.append)
        assert [state.status for state in shown] == ["pending", "completed"]
        assert last is shown[-1]

    @pytest.mark.parametrize(
        ("error", "reason"), [("Line 3: silent", "Line 3: silent"), (None, "without a reason")]
    )
    async def test_a_failed_job_fails_with_its_reason(
        self, api: Api, client: ApiClient, error: str | None, reason: str
    ) -> None:
        api.answers = [streamed(event(job("failed", error=error)))]
        with pytest.raises(JobFailed, match=reason):
            await wait_for(client, ID)
