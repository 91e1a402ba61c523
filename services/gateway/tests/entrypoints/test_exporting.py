"""Archives of the caller's data on the public API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from ab_shared.contracts.exporting import Archive, ExportState, RequestExport
from ab_shared.errors import NotFound, RateLimited

JOB = UUID("6e1f9f5e-1b1f-4a55-9d0b-8f2f9f0f7a11")
KEY = f"exports/{JOB}/1/affirmation-beats-data.zip"


def archive(**life: float) -> Archive:
    expires_at = datetime.now(UTC) + timedelta(**life)
    return Archive(key=KEY, bytes=123, sha256="e5" * 32, expires_at=expires_at)


class Auth:
    """Answers with whatever a test says it has."""

    def __init__(self) -> None:
        self.state = ExportState(job_id=JOB)
        self.refusal: Exception | None = None

    def __call__(self, _request: RequestExport) -> ExportState:
        if self.refusal is not None:
            raise self.refusal
        return self.state


@pytest.fixture
def auth(services: Any) -> Auth:
    made = Auth()
    services.more.append(("auth", RequestExport, made))
    return made


async def test_while_it_is_made_the_answer_names_the_job(auth: Auth, world: Any) -> None:
    answer = await world.client.get("/v1/me/export", headers=world.auth("user_1"))
    assert answer.status_code == 202
    assert answer.json() == {"jobId": str(JOB)}
    assert answer.headers["retry-after"] == "3"
    assert answer.headers["cache-control"] == "no-store"
    (asked,) = world.services.asked_for(RequestExport)
    assert (asked.user_id, asked.fresh) == ("user_1", False)
    assert auth.state.archive is None


async def test_a_finished_one_comes_with_a_url_that_ends_with_it(auth: Auth, world: Any) -> None:
    auth.state = ExportState(job_id=JOB, archive=archive(days=7))
    body = (await world.client.get("/me/export?fresh=true", headers=world.auth())).json()
    assert (body["jobId"], body["bytes"], body["sha256"]) == (str(JOB), 123, "e5" * 32)
    assert KEY in body["url"]
    assert world.services.asked_for(RequestExport)[0].fresh
    soon = archive(seconds=90)
    auth.state = ExportState(job_id=JOB, archive=soon)
    answer = await world.client.get("/v1/me/export", headers=world.auth())
    assert datetime.fromisoformat(answer.json()["expiresAt"]) <= soon.expires_at
    assert answer.headers["cache-control"] == "no-store"


async def test_nobody_takes_away_what_is_somebody_elses(auth: Auth, world: Any) -> None:
    auth.state = ExportState(job_id=JOB, archive=archive(days=7))
    nobody = await world.client.get("/v1/me/export")
    assert nobody.status_code == 401
    helper = world.auth("user_1", act={"sub": "support_1"})
    answer = await world.client.get("/v1/me/export", headers=helper)
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert not world.services.asked_for(RequestExport)


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (NotFound("There is no such user"), 404, "NOT_FOUND"),
        (RateLimited("later", details={"retry_after": 42}), 429, "RATE_LIMITED"),
    ],
)
async def test_what_auth_refuses_is_told(
    auth: Auth, world: Any, refusal: Exception, status: int, code: str
) -> None:
    auth.refusal = refusal
    answer = await world.client.get("/v1/me/export", headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert status != 429 or answer.headers["retry-after"] == "42"
