"""Sessions over HTTP: the exact bodies the installed app reads, and retries that cost nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.identifiers import session_id_for
from ab_shared.errors import FreeLimitReached

CATALOGUE = "1c261e4b-7009-482a-928e-5b1b46700c99"
DRAFT = {"title": "Calm", "voiceId": "nova", "affirmations": ["I rest with ease"]}


async def create(world: Any, body: Any = None, **headers: str) -> Any:
    return await world.client.post(
        "/v1/sessions", json=body or DRAFT, headers={**world.auth(), **headers}
    )


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_makes_a_session_in_the_apps_shape(world: Any, prefix: str) -> None:
    answer = await world.client.post(f"{prefix}/sessions", json=DRAFT, headers=world.auth())
    body = answer.json()
    job_id = next(iter(world.services.jobs))
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/sessions/{body['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert body == {
        "schemaVersion": 3,
        "id": body["id"],
        "ownerUserId": "user_1",
        "source": "user",
        "title": "Wake Up",
        "affirmations": ["I rise with ease"],
        "voiceId": "alloy",
        "pace": "slow",
        "frequencyHz": 17.0,
        "brainwaveState": "Beta",
        "createdAt": "2026-01-05T12:30:15.123Z",
        "updatedAt": "2026-01-05T12:30:15.123Z",
        "_audioJobId": str(job_id),
    }


async def test_the_same_draft_is_the_same_session(world: Any) -> None:
    draft = {**DRAFT, "localDraftId": str(uuid4())}
    first, second = await create(world, draft), await create(world, draft)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    expected = session_id_for("user_1", draft["localDraftId"])
    assert UUID(first.json()["id"]) == expected


@pytest.mark.parametrize("form", ["{}", '"{}"'])
async def test_the_same_key_is_the_same_session(world: Any, form: str) -> None:
    key = str(uuid4())
    first = await create(world, **{"Idempotency-Key": key})
    second = await create(world, **{"Idempotency-Key": form.format(key)})
    assert second.status_code == 201
    assert first.json() == second.json()


async def test_a_key_that_reads_like_a_draft_names_another_session(world: Any) -> None:
    name = str(uuid4())
    drafted = await create(world, {**DRAFT, "localDraftId": name})
    keyed = await create(world, {**DRAFT, "title": "Another"}, **{"Idempotency-Key": name})
    assert (drafted.status_code, keyed.status_code) == (201, 201)
    assert drafted.json()["id"] != keyed.json()["id"]


async def test_without_a_key_every_session_is_new(world: Any) -> None:
    assert (await create(world)).json()["id"] != (await create(world)).json()["id"]


async def test_a_key_belongs_to_its_user(world: Any) -> None:
    mine = await create(world, **{"Idempotency-Key": "k"})
    headers = {**world.auth("user_2"), "Idempotency-Key": "k"}
    other = {**DRAFT, "title": "Another"}
    theirs = await world.client.post("/v1/sessions", json=other, headers=headers)
    assert theirs.status_code == 201
    assert theirs.json()["id"] != mine.json()["id"]


async def test_a_key_with_another_body_is_a_conflict(world: Any) -> None:
    await create(world, **{"Idempotency-Key": "k"})
    answer = await create(world, {**DRAFT, "title": "Other"}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (422, "CONFLICT")
    assert len(world.services.asked_for(rpc.CreateSession)) == 1


async def test_a_refused_session_leaves_its_key_free(world: Any) -> None:
    world.refuse(FreeLimitReached("Both generations of today are spent"))
    assert (await create(world, **{"Idempotency-Key": "k"})).status_code == 403
    world.services.fails_with = None
    other = {**DRAFT, "title": "Other"}
    assert (await create(world, other, **{"Idempotency-Key": "k"})).status_code == 201


@pytest.mark.parametrize("key", ["", '""', "a b", 'x"y', "k" * 300])
async def test_refuses_a_key_that_is_none(world: Any, key: str) -> None:
    answer = await create(world, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert "Idempotency-Key" in answer.json()["details"]


async def test_makes_sessions_while_the_cache_is_away(world: Any) -> None:
    world.store.down = True
    first = await create(world, **{"Idempotency-Key": "k"})
    second = await create(world, **{"Idempotency-Key": "k"})
    assert first.json() == second.json()
    assert second.status_code == 201


async def test_writes_absent_fields_not_at_all_and_nullable_ones_as_null(world: Any) -> None:
    body = (await world.client.get(f"/v1/sessions/{CATALOGUE}")).json()
    assert body["ownerUserId"] is None
    assert not {"goalTag", "solfeggioHz", "audio"} & body.keys()
    assert [name for name, value in body.items() if value is None] == ["ownerUserId"]


async def test_lists_the_catalogue_to_all_and_own_sessions_to_their_owner(world: Any) -> None:
    own = world.services.add_session("user_1")
    assert (await world.client.get("/v1/sessions")).json() == {
        "sessions": [{"id": CATALOGUE, "title": "Wake Up"}],
        "limit": 50,
        "offset": 0,
        "hasMore": False,
    }
    rows = (await world.client.get("/sessions", headers=world.auth())).json()["sessions"]
    assert [row["id"] for row in rows] == [CATALOGUE, str(own)]


WEBVTT = """WEBVTT

1.1
00:00:00.491 --> 00:00:02.790
<00:00:00.530>I <00:00:00.900>&lt;rest&gt; &amp; breathe

1.2
01:02:03.004 --> 01:02:05.000
I rest
"""
PATHS = ["", "/playback-bundle", "/audio-report", "/captions", "/captions.vtt", "/waveform"]


@pytest.mark.parametrize("path", PATHS)
async def test_somebody_elses_session_does_not_exist(world: Any, path: str) -> None:
    theirs = world.services.add_session("user_2")
    answers = [
        await world.client.get(f"/v1/sessions/{which}{path}", headers=world.auth())
        for which in (theirs, uuid4())
    ]
    assert [a.status_code for a in answers] == [404, 404]
    bodies = [{k: v for k, v in a.json().items() if k != "requestId"} for a in answers]
    assert bodies[0] == bodies[1]


async def test_ensures_audio(world: Any) -> None:
    own = world.services.add_session("user_1")
    path = f"/v1/sessions/{own}/ensure-audio"
    pending = (await world.client.post(path, headers=world.auth())).json()
    assert pending == {"status": "pending", "jobId": pending["jobId"]}
    world.services.ready.add(own)
    assert (await world.client.post(path, headers=world.auth())).json() == {"status": "ready"}


async def test_a_bundle_is_not_ready_before_it_is(world: Any) -> None:
    answer = await world.client.get(f"/v1/sessions/{CATALOGUE}/playback-bundle")
    assert (answer.status_code, answer.json()["code"]) == (404, "AUDIO_NOT_READY")


async def test_signs_a_bundle_in_the_apps_shape(world: Any) -> None:
    world.services.ready.add(UUID(CATALOGUE))
    answer = await world.client.get(f"/v1/sessions/{CATALOGUE}/playback-bundle")
    assert answer.headers["cache-control"] == "no-store"
    bundle = answer.json()["bundle"]
    layers = bundle["background"]["urlByPlatform"], bundle["binaural"]["urlByPlatform"]
    assert all(layer["ios"] == layer["android"] for layer in layers)
    assert "/stems/" in layers[0]["ios"]
    assert urlsplit(layers[0]["ios"]).path.endswith("/Babbling%20Brook.m4a")
    assert urlsplit(layers[1]["ios"]).path.endswith("/beta_low_17hz_400_3min.m4a")
    track = urlsplit(bundle["affirmationsMergedUrl"])
    assert (track.scheme, track.netloc) == ("http", "10.0.2.2:8333")
    assert int(parse_qs(track.query)["X-Amz-Expires"][0]) > 21_500
    rest = {k: v for k, v in bundle.items() if k not in {"affirmationsMergedUrl", "background"}}
    assert rest == {
        "sessionId": CATALOGUE,
        "binaural": {"urlByPlatform": layers[1], "loop": True, "hz": 17.0},
        "mix": {"affirmations": 1.0, "binaural": 0.05, "background": 0.3},
        "effectiveAffirmationSpacingMs": 4000,
        "loudness": {"affirmationsLUFS": -20.0, "backgroundLUFS": -32.0, "binauralLUFS": -34.0},
        "voiceActivity": {
            "segments": [{"startMs": 500, "endMs": 2400}],
            "thresholdDb": -35.0,
            "minSilenceMs": 200,
        },
        "expiresAt": bundle["expiresAt"],
    }


async def test_signs_the_track_of_a_session(world: Any) -> None:
    world.services.ready.add(UUID(CATALOGUE))
    audio = (await world.client.get(f"/v1/sessions/{CATALOGUE}")).json()["audio"]
    assert audio["affirmationsMergedUrl"].startswith("http://10.0.2.2:8333/ab-media/tracks/")
    assert "X-Amz-Signature=" in audio["affirmationsMergedUrl"]
    assert (audio["affirmationsHash"], audio["generatedAt"][-1]) == ("a" * 64, "Z")


async def test_reports_what_was_measured(world: Any) -> None:
    path = f"/v1/sessions/{CATALOGUE}/audio-report"
    report = (await world.client.get(path, headers=world.auth())).json()
    assert report["loudnessLUFS"] == -20.05
    assert report["truePeakDBTP"] == -1.6
    assert report["voiceToBedLU"] == 20.5
    assert report["voiceActivity"]["minSilenceMs"] == 200


async def test_shows_captions_and_the_waveform(world: Any) -> None:
    path = f"/v1/sessions/{CATALOGUE}"
    captions = (await world.client.get(f"{path}/captions")).json()
    timed, plain = captions["cues"]
    assert timed["words"][0] == {"text": "I", "startMs": 530, "endMs": 640}
    assert plain == {"line": 1, "read": 2, "text": "I rest", "startMs": 3723004, "endMs": 3725000}
    waveform = (await world.client.get(f"{path}/waveform")).json()
    assert waveform["peaks"] == [0, 0.314, 1]
    assert waveform["affirmationsHash"] == captions["affirmationsHash"] == "a" * 64


async def test_writes_captions_as_webvtt(world: Any) -> None:
    answer = await world.client.get(f"/v1/sessions/{CATALOGUE}/captions.vtt")
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.text == WEBVTT


async def test_shows_what_a_plan_allows(world: Any) -> None:
    free = (await world.client.get("/me/entitlement", headers=world.auth())).json()
    assert free == {
        "plan": "free",
        "status": "active",
        "canCreateSession": False,
        "canGenerateAudio": False,
        "limits": {
            "dailyGenerations": 2,
            "maxSessionLengthSec": 9007199254740991,
            "offlineDownloads": False,
        },
        "remainingFreeGenerationsToday": 0,
        "maxSessionLengthSecEffective": 9007199254740991,
    }
    pro = (await world.client.get("/me/entitlement", headers=world.auth("user_pro"))).json()
    assert pro["canCreateSession"]
    assert pro["limits"]["dailyGenerations"] == 9007199254740991
    assert pro["renewsAt"] == "2026-01-05T12:30:15.123Z"
