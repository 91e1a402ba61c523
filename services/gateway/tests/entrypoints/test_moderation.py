"""The queue of texts over HTTP: who sees what is written, and what becomes of decisions."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

import pytest
from ab_shared.contracts import moderation
from ab_shared.contracts.admin import Role
from gateway_memory.administration import Administration
from gateway_memory.texts import BROKEN, GONE, ITEM, SAID

BASE = "/v1/admin/moderation"


@pytest.fixture
def office(services: Any) -> Administration:
    office = Administration(services)
    for role in Role:
        office.hold(role.value, role)
    return office


@pytest.fixture
async def world(start: Any, office: Administration) -> Any:
    assert office.services.more
    return await start()


async def get(world: Any, path: str, role: Role = Role.OPERATOR, **query: Any) -> Any:
    return await world.client.get(f"{BASE}/{path}", params=query, headers=world.auth(role.value))


async def post(world: Any, path: str, body: Any, role: Role = Role.OPERATOR) -> Any:
    return await world.client.post(f"{BASE}/{path}", json=body, headers=world.auth(role.value))


async def test_numbers_say_nothing_that_anybody_wrote(world: Any) -> None:
    answer = await get(world, "stats", Role.READ_ONLY)
    assert answer.json() == {
        "approved": 4,
        "pending": 2,
        "rejected": 1,
        "unavailable": 1,
        "decidedByPeople": 1,
        "oldestPendingAt": "2026-01-05T12:30:15.123Z",
        "providers": {"builtin": 7},
        "categories": {"harassment": 1},
        "refused": [{"day": "2026-01-05", "category": "hate", "count": 4}],
    }


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OPERATOR])
async def test_who_decides_reads_and_it_is_audited(
    world: Any, office: Administration, role: Role
) -> None:
    answer = await get(world, "flagged", role)
    assert answer.json()["texts"][0]["text"] == SAID
    (read,) = office.deeds
    assert isinstance(read, moderation.ReadFlagged)
    assert (read.actor, read.actor_kind) == (role.value, "admin")


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.READ_ONLY])
async def test_who_may_not_decide_sees_that_it_waits(
    world: Any, office: Administration, role: Role
) -> None:
    answer = await get(world, "flagged", role)
    assert answer.status_code == 200
    assert "text" not in answer.json()["texts"][0]
    assert SAID not in answer.text
    assert office.deeds == []


async def test_a_cursor_leads_on_and_a_made_up_one_is_refused(world: Any) -> None:
    first = (await get(world, "flagged")).json()
    following = (await get(world, "flagged", cursor=first["nextCursor"])).json()
    assert following == {"texts": []}
    for made_up in ("x", "%00", base64.urlsafe_b64encode(b"2026|elsewhere").decode(), "é"):
        answer = await get(world, "flagged", cursor=made_up)
        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_a_status_nobody_knows_is_refused(world: Any) -> None:
    answer = await get(world, "flagged", status="lost")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_one_decision_is_named_with_who_and_why(world: Any, office: Administration) -> None:
    answer = await post(world, f"{ITEM}/decide", {"verdict": "reject", "reason": "aimed at us"})
    assert answer.json() == {
        "itemId": str(ITEM),
        "outcome": "decided",
        "status": "rejected",
        "stoppedJobs": 1,
        "sessions": 1,
    }
    (deed,) = office.deeds
    assert (deed.actor, deed.reason) == ("OPERATOR", "aimed at us")


@pytest.mark.parametrize(("item", "status"), [(GONE, 404), (BROKEN, 503)])
async def test_one_decision_that_comes_to_nothing_says_so(
    world: Any, item: UUID, status: int
) -> None:
    assert (await post(world, f"{item}/decide", {"verdict": "approve"})).status_code == status


async def test_many_decisions_have_an_answer_each(world: Any) -> None:
    decisions = [{"itemId": str(item), "verdict": "approve"} for item in (ITEM, GONE, BROKEN)]
    answer = await post(world, "decide", {"decisions": decisions})
    outcomes = [one["outcome"] for one in answer.json()["results"]]
    assert (answer.status_code, outcomes) == (200, ["decided", "not_found", "failed"])


@pytest.mark.parametrize(
    "body",
    [
        {"decisions": []},
        {"decisions": [{"itemId": str(ITEM), "verdict": "approve"}] * 51},
        {"decisions": [{"itemId": "none", "verdict": "approve"}]},
        {"decisions": [{"itemId": str(ITEM), "verdict": "maybe"}]},
        {},
    ],
)
async def test_what_is_no_decision_is_refused(
    world: Any, office: Administration, body: Any
) -> None:
    answer = await post(world, "decide", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert office.deeds == []


async def test_an_item_that_is_no_id_is_refused(world: Any) -> None:
    answer = await post(world, "none/decide", {"verdict": "approve"})
    assert answer.status_code == 400
