"""Changing one's profile, and lists that are read on from a cursor."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.profiles import KeepZone, UpdateProfile, ZoneKept
from ab_shared.errors import Overloaded, ValidationFailed
from gateway_memory.samples import BORN


@pytest.fixture
def changes(services: Any) -> list[UpdateProfile]:
    """Lets auth take changes, and keeps them."""
    seen: list[UpdateProfile] = []

    def change(request: UpdateProfile) -> rpc.Profile:
        seen.append(request)
        if request.timezone == "Mars/Olympus":
            raise ValidationFailed("This is not an IANA time zone", details={"field": "timezone"})
        return rpc.Profile(
            user_id=request.user_id, timezone=request.timezone or "UTC", created_at=BORN, version=1
        )

    services.more.append(("auth", UpdateProfile, change))
    return seen


@pytest.fixture
def told(services: Any) -> list[KeepZone]:
    """Lets session take zones, and keeps what it is told."""
    seen: list[KeepZone] = []

    def keep(request: KeepZone) -> ZoneKept:
        seen.append(request)
        if request.timezone == "Asia/Tokyo":
            raise Overloaded("too much to do")
        return ZoneKept()

    services.more.append(("session", KeepZone, keep))
    return seen


async def test_session_knows_the_zone_before_the_answer(
    changes: list[UpdateProfile], told: list[KeepZone], start: Any
) -> None:
    world = await start()
    body = {"timezone": "Europe/Berlin"}
    answer = await world.client.patch("/v1/me", headers=world.auth(), json=body)
    assert (answer.status_code, len(changes)) == (200, 1)
    assert told == [KeepZone(user_id="user_1", timezone="Europe/Berlin", version=1)]
    await world.client.patch("/v1/me", headers=world.auth(), json={})
    assert len(told) == 1


async def test_a_zone_is_changed_whatever_session_says(
    changes: list[UpdateProfile], told: list[KeepZone], start: Any
) -> None:
    world = await start()
    body = {"timezone": "Asia/Tokyo"}
    answer = await world.client.patch("/v1/me", headers=world.auth(), json=body)
    assert (answer.status_code, answer.json()["timezone"]) == (200, "Asia/Tokyo")
    assert (len(changes), len(told)) == (1, 1)


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_the_zone_is_changed(changes: list[UpdateProfile], start: Any, prefix: str) -> None:
    world = await start()
    body = {"timezone": "Europe/Berlin", "unknown": {"deep": 1}}
    answer = await world.client.patch(f"{prefix}/me", headers=world.auth(), json=body)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["timezone"]) == ("user_1", "Europe/Berlin")
    assert told["createdAt"].endswith("Z")
    assert answer.headers["cache-control"] == "no-store"
    assert [(c.user_id, c.timezone) for c in changes] == [("user_1", "Europe/Berlin")]


async def test_the_zone_of_the_request_is_no_change(
    changes: list[UpdateProfile], start: Any
) -> None:
    world = await start()
    headers = {**world.auth(), "X-Timezone": "Asia/Tokyo"}
    answer = await world.client.patch("/v1/me", headers=headers, json={})
    assert (answer.json()["timezone"], changes[0].timezone) == ("UTC", None)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "x" * 65, "a\0b", 7, ["UTC"]])
async def test_what_is_no_zone_names_its_field(
    changes: list[UpdateProfile], start: Any, zone: Any
) -> None:
    world = await start()
    answer = await world.client.patch("/v1/me", headers=world.auth(), json={"timezone": zone})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert set(answer.json()["details"]) == {"timezone"}
    assert [c.timezone for c in changes] in ([], ["Mars/Olympus"])


async def test_a_stranger_changes_nothing(changes: list[UpdateProfile], start: Any) -> None:
    world = await start()
    answer = await world.client.patch("/v1/me", json={"timezone": "UTC"})
    assert (answer.status_code, changes) == (401, [])


async def test_a_list_is_read_on_from_its_cursor(world: Any) -> None:
    page = rpc.SessionPage(sessions=(), has_more=True, next_cursor="bmV4dA")
    world.services._list = lambda _: page
    await world.broker.bus("session", instance="b").serve(world.services.subscriptions()["session"])
    asked = []
    for query in ("limit=7", "limit=7&cursor=bmV4dA&offset=3", "limit=7&cursor=&offset=3"):
        answers = [await world.client.get(f"/v1/sessions?{query}") for _ in range(2)]
        assert any(answer.json().get("nextCursor") == "bmV4dA" for answer in answers)
        asked += [world.services.asked_for(rpc.ListSessions)[-1]]
    assert [(a.limit, a.offset, a.cursor) for a in asked] == [
        (7, 0, None),
        (7, 0, "bmV4dA"),
        (7, 3, None),
    ]


async def test_the_last_page_has_no_cursor(world: Any) -> None:
    assert "nextCursor" not in (await world.client.get("/v1/sessions")).json()


async def test_a_cursor_that_is_too_long_is_refused(world: Any) -> None:
    answer = await world.client.get(f"/v1/sessions?cursor={'x' * 201}")
    assert (answer.status_code, answer.json()["details"]) == (
        400,
        {"cursor": "has too many characters"},
    )


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_a_wrong_method_is_told_all_that_the_address_takes(world: Any, prefix: str) -> None:
    for path, allowed in (
        ("/sessions", "GET, POST"),
        ("/sessions/x/ensure-audio", "POST"),
        ("/admin/users/find", "POST"),
    ):
        answer = await world.client.put(f"{prefix}{path}")
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
