from __future__ import annotations

import hashlib
import json
from pathlib import Path

import httpx
import pytest
from ab_client import me
from ab_client.api import ApiClient
from ab_client.downloads import Download
from ab_client.errors import DownloadFailed
from ab_client.main import app
from typer.testing import CliRunner

JOB = "6e1f9f5e-1b1f-4a55-9d0b-8f2f9f0f7a11"
CONTENT = b"PK archive"
JOB_BODY = {
    "id": JOB,
    "type": "export",
    "status": "completed",
    "progress": 1,
    "stage": "ready",
    "createdAt": "2026-01-05T12:00:00Z",
}


class Server:
    """Makes the archive between the first and the second time it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.content = CONTENT

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        if request.url.path == "/v1/me/export":
            assert request.headers["authorization"] == "Bearer t0ken"
            if self.asked.count("/v1/me/export") + self.asked.count("/v1/me/export?fresh=true") < 2:
                return httpx.Response(202, json={"jobId": JOB})
            ready = {"url": "http://store/a.zip", "expiresAt": "2026-01-05T18:00:00Z"}
            digest = hashlib.sha256(CONTENT).hexdigest()
            return httpx.Response(
                200, json={"jobId": JOB, **ready, "bytes": len(CONTENT), "sha256": digest}
            )
        return httpx.Response(200, text=f"id: 1\ndata: {json.dumps({'job': JOB_BODY})}\n\n")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    made = Server()
    transport = httpx.MockTransport(made)

    def client(base_url: str, *, token: str) -> ApiClient:
        return ApiClient(base_url, token=token, transport=transport)

    async def fetch_all(wanted: list[Download]) -> None:
        for one in wanted:
            assert one.url == "http://store/a.zip"
            one.target.write_bytes(made.content)

    monkeypatch.setattr(me, "ApiClient", client)
    monkeypatch.setattr(me, "fetch_all", fetch_all)
    return made


async def test_it_waits_fetches_and_compares(server: Server, tmp_path: Path) -> None:
    out = tmp_path / "mine.zip"
    made = await me.export("http://api", "t0ken", out, fresh=True)
    assert out.read_bytes() == CONTENT
    assert made.bytes == len(CONTENT)
    # A new one is asked for once: the second time would begin another day.
    assert [path for path in server.asked if "export" in path] == [
        "/v1/me/export?fresh=true",
        "/v1/me/export",
    ]


async def test_another_file_than_promised_is_refused(server: Server, tmp_path: Path) -> None:
    server.content = b"something else"
    with pytest.raises(DownloadFailed, match="not what was promised"):
        await me.export("http://api", "t0ken", tmp_path / "mine.zip")


def test_without_a_token_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AB_TOKEN", raising=False)
    result = CliRunner().invoke(app, ["me", "export", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 2
    assert "AB_TOKEN" in result.output


def test_an_erasure_is_told_by_the_id_of_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    async def erased(_url: str, _token: str) -> str:
        return JOB

    monkeypatch.setattr(me, "erase", erased)
    monkeypatch.setenv("AB_TOKEN", "t0ken")
    result = CliRunner().invoke(app, ["me", "erase", "--url", "http://api", "--yes"])
    assert result.output == f"Erased. The job's id: {JOB}\n"
