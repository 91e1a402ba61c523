"""Offline files over HTTP: what may be asked for, and a manifest that can be trusted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from ab_shared.contracts.mixdowns import RequestMixdown

MIX = {"affirmations": 0.9, "binaural": 0.1, "background": 0.2}


@pytest.fixture
def session_id(services: Any) -> UUID:
    made: UUID = services.add_session("user_pro")
    return made


async def ask(world: Any, session_id: UUID, user: str = "user_pro", **body: Any) -> Any:
    wish = {"minutes": 30, **body}
    return await world.client.post(
        f"/v1/sessions/{session_id}/mixdown", json=wish, headers=world.auth(user)
    )


async def manifest(world: Any, session_id: UUID, **headers: str) -> Any:
    return await world.client.get(
        f"/v1/sessions/{session_id}/download", headers={**world.auth("user_pro"), **headers}
    )


async def test_a_wish_is_a_job_like_any_other(world: Any, session_id: UUID) -> None:
    answer = await ask(world, session_id, mix=MIX, backgroundId="Forest Rain", fadeOut=True)
    job_id = next(iter(world.services.jobs))
    assert answer.status_code == 200
    assert answer.json() == {"status": "pending", "jobId": str(job_id)}
    (asked,) = world.services.asked_for(RequestMixdown)
    assert asked.mix.model_dump() == MIX
    assert (asked.minutes, asked.background_id) == (30, "Forest Rain")
    assert (asked.format, asked.fade_out) == ("m4a", True)
    job = await world.client.get(f"/v1/jobs/{job_id}", headers=world.auth("user_pro"))
    assert job.json()["job"]["type"] == "mixdown"
    cancelled = await world.client.post(f"/v1/jobs/{job_id}/cancel", headers=world.auth("user_pro"))
    assert cancelled.json()["job"]["error"] == "Cancelled"


async def test_a_file_that_exists_is_ready(world: Any, session_id: UUID) -> None:
    world.services.ready.add(session_id)
    answer = await ask(world, session_id, format="mp3")
    assert answer.json() == {"status": "ready"}
    assert answer.headers["cache-control"] == "no-store"


async def test_what_a_mix_leaves_out_is_the_default(world: Any, session_id: UUID) -> None:
    await ask(world, session_id, mix={"background": 0.5})
    (asked,) = world.services.asked_for(RequestMixdown)
    assert asked.mix.model_dump() == {"affirmations": 1.0, "binaural": 0.05, "background": 0.5}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"minutes": 4}, "minutes"),
        ({"minutes": 181}, "minutes"),
        ({"minutes": 7.5}, "minutes"),
        ({"minutes": None}, "minutes"),
        ({"mix": {"background": 1.1}}, "mix.background"),
        ({"format": "wav"}, "format"),
        ({"fadeOut": "perhaps"}, "fadeOut"),
        ({"backgroundId": ""}, "backgroundId"),
    ],
)
async def test_a_wrong_wish_names_its_field(
    world: Any, session_id: UUID, wrong: dict[str, Any], field: str
) -> None:
    answer = await ask(world, session_id, **wrong)
    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert list(answer.json()["details"]) == [field]


async def test_free_users_are_told_so(world: Any, services: Any) -> None:
    own = services.add_session("user_1")
    answer = await ask(world, own, "user_1")
    assert (answer.status_code, answer.json()["code"]) == (403, "ENTITLEMENT_REQUIRED")


async def test_nobody_and_somebody_else_find_nothing(world: Any, services: Any) -> None:
    other = services.add_session("user_1")
    assert (await ask(world, other)).status_code == 404
    assert (await manifest(world, uuid4())).status_code == 404
    path = f"/v1/sessions/{other}"
    assert (await world.client.get(f"{path}/download")).status_code == 401
    assert (await world.client.post(f"{path}/mixdown", json={})).status_code == 401


async def test_the_manifest_holds_all_a_download_needs(world: Any, session_id: UUID) -> None:
    world.services.ready.add(session_id)
    answer = await manifest(world, session_id)
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert [item["role"] for item in body["items"]] == ["affirmations", "background", "mixdown"]
    file = body["items"][-1]
    assert set(file) == {
        *("assetId", "role", "url", "expiresAt"),
        *("bytes", "sha256", "contentType", "durationMs"),
    }
    assert urlsplit(file["url"]).path.endswith("/Wake%20Up.m4a")
    assert (file["bytes"], file["contentType"], file["durationMs"]) == (10, "audio/mp4", 24_000)


async def test_the_etag_is_that_of_the_files_not_of_their_urls(
    world: Any, session_id: UUID
) -> None:
    first, second = [await manifest(world, session_id) for _ in range(2)]
    etag = first.headers["etag"]
    assert etag == second.headers["etag"]
    assert etag.startswith('"')
    assert first.json()["version"] == second.json()["version"]
    held = await manifest(world, session_id, **{"If-None-Match": f'"other", W/{etag}'})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", etag)
    world.services.ready.add(session_id)
    more = await manifest(world, session_id, **{"If-None-Match": etag})
    assert more.status_code == 200
    assert more.headers["etag"] != etag
    assert more.json()["version"] != first.json()["version"]
