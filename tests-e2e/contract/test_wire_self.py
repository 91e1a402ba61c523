"""What listeners tell and the programs they follow, as the product page says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract import shapes
from contract.shapes import Shape, each, exactly, flag, instant, number, of, one_of, share, text
from contract.test_wire import refused, shaped

pytestmark = pytest.mark.journey
MIX: Shape = {"affirmations": share, "binaural": share, "background": share}
PREFERENCES: Shape = {
    "schemaVersion": exactly(3),
    "voiceId": text,
    "pace": one_of("slow", "normal", "fast"),
    "affirmationSpacingMs": lambda value: shapes.whole(value) and value >= 0,
    "binauralHz": lambda value: number(value) and value >= 1,
    "backgroundId": text,
    "mix": of(MIX),
    "loopBackground": flag,
    "loopBinaural": flag,
}
DEFAULTS = {
    "schemaVersion": 3,
    "voiceId": "nova",
    "pace": "slow",
    "affirmationSpacingMs": 4000,
    "binauralHz": 10,
    "backgroundId": "ocean",
    "mix": {"affirmations": 1, "binaural": 0.05, "background": 0.3},
    "loopBackground": True,
    "loopBinaural": True,
}
VALUE: Shape = {
    "id": shapes.uuid,
    "userId": text,
    "valueId": text,
    "valueText": text,
    "rank": shapes.nullable(shapes.whole),
    "createdAt": instant,
    "updatedAt": instant,
}
STRUGGLE: Shape = {"struggle": shapes.nullable(text)}
WISHES: Shape = {
    "primaryGoal?": one_of("Calm", "Focus", "Sleep", "Confidence", "Reset"),
    "voicePreference?": one_of("More space", "Balanced", "More guidance"),
    "soundPreference?": one_of("Voice-forward", "Balanced", "Atmosphere-forward"),
}
ROW: Shape = {
    "id": text,
    "kind": one_of("course", "path"),
    "title": text,
    "summary": text,
    "goalTag": text,
    "totalDays": shapes.whole,
}
DAY: Shape = {
    "day": shapes.whole,
    "title": text,
    "text": text,
    "sessionId": shapes.uuid,
    "affirmations": each(text, 1),
    "action": text,
}
DONE: Shape = {
    "day": shapes.whole,
    "completedAt?": instant,
    "actionDoneAt?": instant,
    "rating?": one_of(1, 2, 3, 4, 5),
}
ENROLMENT: Shape = {
    "programId": text,
    "title": text,
    "kind": one_of("course", "path"),
    "withdrawn": flag,
    "state": one_of("active", "paused", "finished", "left"),
    "round": shapes.whole,
    "enrolledAt": instant,
    "finishedAt?": instant,
    "totalDays": shapes.whole,
    "nextDay?": shapes.whole,
    "nextAction?": text,
    "days": each(of(DONE)),
}
STREAK: Shape = {"current": shapes.whole, "longest": shapes.whole, "lastDay?": text}
MINE: Shape = {"program": of(ENROLMENT), "streak": of(STREAK)}
OK = {"success": exactly(wanted=True)}


async def test_values(somebody: httpx.AsyncClient, prefix: str) -> None:
    path = f"{prefix}/me/values"
    assert shaped(await somebody.get(path), {"values": exactly([])})
    unranked = [{"valueId": one, "valueText": f"Text {one}", "x": 1} for one in "abcd"]
    saved = await somebody.post(path, json={"values": unranked})
    assert shaped(saved, {**OK, "count": exactly(4)})
    rows = shaped(await somebody.get(path), {"values": each(of(VALUE), 4)})["values"]
    assert [row["rank"] for row in rows] == [1, 2, 3, None]
    fewer = [{"valueId": "d", "valueText": "Text d", "rank": 1}]
    shaped(await somebody.post(path, json={"values": fewer}), {**OK, "count": exactly(1)})
    (row,) = shaped(await somebody.get(path), {"values": each(of(VALUE), 1)})["values"]
    assert row["id"] == rows[3]["id"]
    twice = [fewer[0], {"valueId": "e", "valueText": "Text e", "rank": 1}]
    told = refused(await somebody.post(path, json={"values": twice}), 400, "VALIDATION_ERROR")
    assert told["details"] == {"rank": "comes twice"}


async def test_struggle(somebody: httpx.AsyncClient, prefix: str) -> None:
    path = f"{prefix}/me/struggle"
    assert shaped(await somebody.get(path), STRUGGLE) == {"struggle": None}
    saved = await somebody.put(path, json={"struggle": "  I lie awake "})
    assert shaped(saved, {**OK, **STRUGGLE})["struggle"] == "I lie awake"
    assert shaped(await somebody.get(path), STRUGGLE) == {"struggle": "I lie awake"}
    gone = shaped(await somebody.put(path, json={"struggle": "  "}), {**OK, **STRUGGLE})
    assert gone["struggle"] is None
    refused(await somebody.put(path, json={"struggle": "x" * 201}), 400, "VALIDATION_ERROR")


async def test_preferences(somebody: httpx.AsyncClient, prefix: str) -> None:
    path = f"{prefix}/me/preferences"
    assert shaped(await somebody.get(path), PREFERENCES) == DEFAULTS
    old = {"schemaVersion": 1, "voiceId": "borealis", "pace": "fast", "unknown": {"x": 1}}
    assert shaped(await somebody.put(path, json=old), PREFERENCES) == {**DEFAULTS, "pace": "fast"}
    partial = {"mix": {"binaural": 0.5}, "loopBinaural": False}
    wanted = {**DEFAULTS, "mix": {**DEFAULTS["mix"], "binaural": 0.5}, "loopBinaural": False}
    assert shaped(await somebody.put(path, json=partial), PREFERENCES) == wanted
    assert shaped(await somebody.get(path), PREFERENCES) == wanted
    wrong = await somebody.put(path, json={"mix": {"binaural": 2}})
    assert set(refused(wrong, 400, "VALIDATION_ERROR")["details"]) == {"mix.binaural"}


async def test_curation_preferences(somebody: httpx.AsyncClient, prefix: str) -> None:
    path = f"{prefix}/me/curation/preferences"
    kept: Shape = {"preferences": shapes.nullable(of(WISHES))}
    assert shaped(await somebody.get(path), kept) == {"preferences": None}
    said = {"primaryGoal": "Sleep", "voicePreference": "Balanced", "soundPreference": "Balanced"}
    shaped(await somebody.post(path, json=said), OK)
    assert shaped(await somebody.get(path), kept) == {"preferences": said}
    refused(await somebody.post(path, json={"primaryGoal": "Fame"}), 400, "VALIDATION_ERROR")


async def test_programs(nobody: httpx.AsyncClient, prefix: str) -> None:
    answer = await nobody.get(f"{prefix}/programs")
    rows = shaped(answer, {"programs": each(of(ROW), 6)})["programs"]
    assert {row["totalDays"] for row in rows if row["kind"] == "course"} == {7, 10}
    for row in rows:
        one = await nobody.get(f"{prefix}/programs/{row['id']}")
        body = shaped(one, {**ROW, "withdrawn": flag, "days": each(of(DAY), row["totalDays"])})
        played = {day["sessionId"] for day in body["days"]}
        for session_id in played:
            assert (await nobody.get(f"{prefix}/sessions/{session_id}")).status_code == 200
        assert one.headers["cache-control"].startswith("public")
    held = {"If-None-Match": answer.headers["etag"]}
    assert (await nobody.get(f"{prefix}/programs", headers=held)).status_code == 304
    refused(await nobody.get(f"{prefix}/programs/nowhere"), 404, "NOT_FOUND")


async def test_following_a_program(somebody: httpx.AsyncClient, prefix: str) -> None:
    mine = f"{prefix}/me/programs"
    refused(await somebody.get(f"{mine}/deep-work"), 404, "NOT_FOUND")
    begun: Any = shaped(await somebody.post(f"{prefix}/programs/deep-work/enroll"), MINE)
    assert (begun["program"]["state"], begun["program"]["nextDay"]) == ("active", 1)
    body = {"actionDone": True, "rating": 5}
    done = shaped(await somebody.post(f"{mine}/deep-work/days/1/complete", json=body), MINE)
    assert (done["program"]["nextDay"], done["streak"]["current"]) == (2, 1)
    assert shaped(await somebody.post(f"{mine}/deep-work/days/1/complete"), MINE) == done
    noted = await somebody.put(f"{mine}/deep-work/days/2", json={"rating": 3})
    assert shaped(noted, MINE)["program"]["nextDay"] == 2
    shaped(await somebody.post(f"{mine}/deep-work/pause"), MINE)
    shaped(await somebody.post(f"{mine}/deep-work/resume"), MINE)
    listed = shaped(
        await somebody.get(mine), {"programs": each(of(ENROLMENT), 1), "streak": of(STREAK)}
    )
    assert listed["programs"][0]["programId"] == "deep-work"
    refused(await somebody.post(f"{mine}/deep-work/days/6/complete"), 400, "VALIDATION_ERROR")
    assert (
        shaped(await somebody.post(f"{mine}/deep-work/leave"), MINE)["program"]["state"] == "left"
    )
    refused(await somebody.post(f"{mine}/deep-work/days/2/complete"), 409, "CONFLICT")


NEEDS_A_TOKEN = (
    ("GET", "/me/values"),
    ("POST", "/me/values"),
    ("GET", "/me/struggle"),
    ("PUT", "/me/struggle"),
    ("GET", "/me/preferences"),
    ("PUT", "/me/preferences"),
    ("GET", "/me/curation/preferences"),
    ("POST", "/me/curation/preferences"),
    ("GET", "/me/programs"),
    ("POST", "/programs/deep-work/enroll"),
    ("POST", "/me/programs/deep-work/days/1/complete"),
)


@pytest.mark.parametrize(("method", "path"), NEEDS_A_TOKEN)
async def test_what_is_personal_needs_a_token(
    nobody: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    refused(await nobody.request(method, f"{prefix}{path}", json={}), 401, "UNAUTHORIZED")
