"""Programs over HTTP: public and cacheable, and the caller's way through them."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts import programs
from ab_shared.errors import Conflict, DependencyUnavailable
from gateway_memory.selves import SelfAnswers

MINE = {
    "programId": "nights",
    "title": "Nights",
    "kind": "course",
    "withdrawn": False,
    "state": "active",
    "round": 1,
    "enrolledAt": "2026-01-05T12:30:10.000Z",
    "totalDays": 2,
    "nextDay": 2,
    "nextAction": "Dim one lamp.",
    "days": [{"day": 1, "completedAt": "2026-01-05T12:30:10.000Z", "rating": 4}],
}
STREAK = {"current": 1, "longest": 2, "lastDay": "2026-01-05"}
DAY = "/v1/me/programs/nights/days/1"


@pytest.fixture
async def world(start: Any, services: Any) -> Any:
    services.more += SelfAnswers().answers()
    return await start()


async def post(world: Any, path: str, body: Any = None, **headers: str) -> Any:
    sent = {**world.auth(), **headers}
    return await world.client.post(path, json=body, headers=sent)


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_the_list_is_everybodys_and_cacheable(world: Any, prefix: str) -> None:
    answer = await world.client.get(f"{prefix}/programs")
    assert answer.json() == {
        "programs": [
            {
                "id": "nights",
                "kind": "course",
                "title": "Nights",
                "summary": "Two of them.",
                "goalTag": "sleep",
                "totalDays": 2,
            }
        ]
    }
    assert answer.headers["cache-control"] == "public, max-age=3600"
    held = {"If-None-Match": answer.headers["etag"]}
    again = await world.client.get(f"{prefix}/programs", headers=held)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_program_is_read_word_for_word_withdrawn_or_not(world: Any) -> None:
    one = (await world.client.get("/v1/programs/nights")).json()
    assert (one["withdrawn"], len(one["days"])) == (False, 2)
    assert one["days"][0] == {
        "day": 1,
        "title": "Night 1",
        "text": "The evening begins before bed.",
        "sessionId": "5b53366c-48e8-4672-a420-9430c4436577",
        "affirmations": ["I let this evening carry me into rest."],
        "action": "Dim one lamp.",
    }
    assert (await world.client.get("/v1/programs/old")).json()["withdrawn"] is True
    for unknown in ("nowhere", "x" * 300):
        answer = await world.client.get(f"/v1/programs/{unknown}")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_everybody_is_told_from_one_question_and_while_nobody_answers(world: Any) -> None:
    for path in ("/v1/programs", "/v1/programs/nights", "/v1/programs"):
        assert (await world.client.get(path)).status_code == 200
    assert len(world.services.asked_for(programs.ListPrograms)) == 1
    follow = world.gateway.parts.programs
    follow._until = None
    world.refuse(DependencyUnavailable("away"))
    asked = len(world.services.asked_for(programs.ListPrograms))
    for _ in range(3):
        assert (await world.client.get("/v1/programs")).status_code == 200
    # Not everybody has to wait for whoever does not answer.
    assert len(world.services.asked_for(programs.ListPrograms)) == asked + 1
    follow._kept = None
    assert (await world.client.get("/v1/programs")).status_code == 503


@pytest.mark.parametrize("body", [None, {}, {"restart": False, "x": 1}])
async def test_enrolling_needs_no_body(world: Any, body: Any) -> None:
    path = "/v1/programs/nights/enroll"
    if body is None:
        answer = await world.client.post(path, headers=world.auth())
    else:
        answer = await post(world, path, body)
    assert (answer.status_code, answer.json()) == (200, {"program": MINE, "streak": STREAK})
    assert world.services.asked_for(programs.Enrol) == [
        programs.Enrol(user_id="user_1", program_id="nights")
    ]


async def test_a_day_is_completed_with_or_without_a_body(world: Any) -> None:
    assert (await world.client.post(f"{DAY}/complete", headers=world.auth())).status_code == 200
    body = {"completedAt": "2026-01-05T10:00:00+02:00", "actionDone": True, "rating": 5}
    answer = await post(world, f"{DAY}/complete", body, **{"X-Timezone": "Asia/Tokyo"})
    assert answer.json()["program"] == MINE
    plain, full = world.services.asked_for(programs.RecordDay)
    assert (plain.complete, plain.completed_at, plain.action_done) == (True, None, None)
    assert (full.timezone, full.action_done, full.rating) == ("Asia/Tokyo", True, 5)
    assert full.completed_at.isoformat() == "2026-01-05T10:00:00+02:00"


async def test_a_note_completes_nothing(world: Any) -> None:
    answer = await world.client.put(DAY, json={"rating": 1}, headers=world.auth())
    assert answer.status_code == 200
    (noted,) = world.services.asked_for(programs.RecordDay)
    assert (noted.complete, noted.rating, noted.action_done) == (False, 1, None)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{DAY}/complete", {"rating": 6}),
        (f"{DAY}/complete", {"rating": 0}),
        (f"{DAY}/complete", {"completedAt": "yesterday"}),
        (f"{DAY}/complete", {"completedAt": "2026-01-05T10:00:00"}),
        (f"{DAY}/complete", {"actionDone": "yes"}),
        ("/v1/me/programs/nights/days/0/complete", {}),
        ("/v1/me/programs/nights/days/61/complete", {}),
        ("/v1/me/programs/nights/days/first/complete", {}),
        ("/v1/programs/nights/enroll", {"restart": "yes"}),
    ],
)
async def test_what_is_wrong_is_refused(world: Any, path: str, body: Any) -> None:
    answer = await post(world, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("wish", ["pause", "resume", "leave"])
async def test_moves_are_passed_on(world: Any, wish: str) -> None:
    assert (await post(world, f"/v1/me/programs/nights/{wish}")).json()["program"] == MINE
    assert world.services.asked_for(programs.ChangeEnrolment)[0].wish == wish


async def test_a_withdrawn_program_says_so(world: Any) -> None:
    world.refuse(Conflict("This program is no longer offered; whoever is in it can finish it"))
    answer = await post(world, "/v1/programs/old/enroll", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert "no longer offered" in answer.json()["message"]


async def test_mine_are_mine(world: Any) -> None:
    answer = await world.client.get("/v1/me/programs", headers=world.auth())
    assert answer.json() == {"programs": [MINE], "streak": STREAK}
    assert answer.headers["cache-control"] == "no-store"
    one = await world.client.get("/v1/me/programs/nights", headers=world.auth())
    assert one.json() == {"program": MINE, "streak": STREAK}
    for path in ("/v1/me/programs", "/v1/me/programs/nights"):
        assert (await world.client.get(path)).status_code == 401
    assert (await world.client.post("/v1/programs/nights/enroll", json={})).status_code == 401
    far = await world.client.get(f"/v1/me/programs/{'x' * 300}", headers=world.auth())
    assert far.status_code == 404
