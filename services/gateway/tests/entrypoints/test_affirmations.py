"""Lines on request, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts import affirmations
from gateway_memory.prompting import titled

LINES = ("I trust my need for rest.", "Deep down, I trust the night that holds me.")


@pytest.fixture
async def world(start: Any, services: Any) -> Any:
    written = affirmations.WrittenAffirmations(lines=LINES, reasoning="Value anchors for sleep.")
    services.more.append(("session", affirmations.WriteAffirmations, lambda _: written))
    services.more.append(("session", affirmations.SuggestTitle, titled))
    return await start()


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_lines_come_with_their_reason(world: Any, prefix: str) -> None:
    wish = {"sessionType": "sleep", "struggle": "my mind races", "goal": "rest", "count": 2, "x": 1}
    answer = await world.client.post(
        f"{prefix}/affirmations/generate", json=wish, headers=world.auth()
    )
    assert answer.status_code == 200
    assert answer.json() == {"affirmations": list(LINES), "reasoning": "Value anchors for sleep."}
    asked = world.services.asked_for(affirmations.WriteAffirmations)
    assert asked == [
        affirmations.WriteAffirmations(
            user_id="user_1", session_type="sleep", struggle="my mind races", goal="rest", count=2
        )
    ]


@pytest.mark.parametrize("wish", [{}, {"count": None}])
async def test_four_lines_where_nothing_is_said(world: Any, wish: dict[str, Any]) -> None:
    answer = await world.client.post("/affirmations/generate", json=wish, headers=world.auth())
    assert answer.status_code == 200
    assert world.services.asked_for(affirmations.WriteAffirmations)[0].count == 4


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 25}, "count"),
        ({"count": "many"}, "count"),
        ({"goal": "a" * 10_000}, "goal"),
        ({"struggle": "a\x00b"}, "struggle"),
        ({"sessionType": "s" * 65}, "sessionType"),
    ],
)
async def test_a_wish_that_is_none_names_its_field(
    world: Any, wish: dict[str, Any], field: str
) -> None:
    answer = await world.client.post("/affirmations/generate", json=wish, headers=world.auth())
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert field in answer.json()["details"]
    assert world.services.asked_for(affirmations.WriteAffirmations) == []


async def test_the_sixth_of_a_minute_waits_and_others_do_not(world: Any) -> None:
    statuses = [
        (
            await world.client.post("/affirmations/generate", json={}, headers=world.auth())
        ).status_code
        for _ in range(6)
    ]
    assert statuses == [200] * 5 + [429]
    other = await world.client.post("/affirmations/generate", json={}, headers=world.auth("user_2"))
    assert other.status_code == 200
    listed = await world.client.get("/sessions", headers=world.auth())
    assert listed.status_code == 200


async def test_nobody_has_nothing_written(world: Any) -> None:
    answer = await world.client.post("/affirmations/generate", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_a_title_is_suggested_by_what_the_session_is_about(world: Any) -> None:
    wish = {"goal": "rest", "goalTag": "sleep", "affirmations": list(LINES)}
    answer = await world.client.post(
        "/v1/affirmations/suggest-title", json=wish, headers=world.auth()
    )
    assert (answer.status_code, answer.json()) == (200, {"title": "Deep Rest"})
    assert world.services.asked_for(affirmations.SuggestTitle) == [
        affirmations.SuggestTitle(user_id="user_1", goal="rest", goal_tag="sleep", lines=LINES)
    ]


@pytest.mark.parametrize(
    ("wish", "field"),
    [({"goal": "a" * 10_000}, "goal"), ({"affirmations": ["x"] * 51}, "affirmations")],
)
async def test_a_title_for_too_much_is_refused(world: Any, wish: Any, field: str) -> None:
    answer = await world.client.post(
        "/v1/affirmations/suggest-title", json=wish, headers=world.auth()
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert field in answer.json()["details"]
    assert world.services.asked_for(affirmations.SuggestTitle) == []


@pytest.mark.parametrize(("count", "status"), [("4.0", 200), ("4.5", 400), ("true", 400)])
async def test_a_whole_number_may_be_written_with_its_point(
    world: Any, count: str, status: int
) -> None:
    answer = await world.client.post(
        "/v1/affirmations/generate",
        content=f'{{"goal": "sleep", "count": {count}}}',
        headers={**world.auth(), "Content-Type": "application/json"},
    )
    assert answer.status_code == status
