"""Listening events and the shelf, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from ab_gateway.domain.presenting_listening import instant
from ab_shared.contracts import curation, listening

SESSION = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
HERE = f"/v1/sessions/{SESSION}/events"
CARD = curation.Card(
    slot="next_step",
    session_id=SESSION,
    title="Wake Up",
    seconds=300,
    voice_id="alloy",
    layer_type="binaural",
    layer_preset="beta",
    background_id="Birds Chirping",
    why="Chapter 2 of 7: Quiet mind",
    path=curation.PathPlace(path_id="q", path_name="Quiet mind", chapter_index=2, total_chapters=7),
)


def recorded(request: listening.RecordEvents) -> listening.RecordedEvents:
    """Keeps all but those that are no event of this session."""
    bad = [e for e in request.events if e.session_id != SESSION or e.occurred_at is None]
    told = tuple(
        listening.RejectedEvent(
            client_event_id=event.client_event_id,
            reason="session" if event.session_id != SESSION else "time",
        )
        for event in bad
    )
    return listening.RecordedEvents(
        accepted=len(request.events) - len(told), duplicates=0, rejected=told
    )


@pytest.fixture
async def world(start: Any, services: Any) -> Any:
    services.more.append(("session", listening.RecordEvents, recorded))
    shelf = curation.Shelf(cards=(CARD, CARD.model_copy(update={"path": None, "why": None})))
    services.more.append(("session", curation.GetCuration, lambda _: shelf))
    return await start()


def asked(world: Any) -> list[listening.RecordEvents]:
    found: list[listening.RecordEvents] = world.services.asked_for(listening.RecordEvents)
    return found


def event(**changes: Any) -> dict[str, Any]:
    return {
        "clientEventId": "one",
        "sessionId": str(SESSION),
        "eventType": "complete",
        "occurredAt": "2026-01-04T22:31:07+01:00",
        **changes,
    }


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_an_event_of_this_moment(world: Any, prefix: str) -> None:
    body = {"eventType": "abandon", "metadata": {"listenedSec": 42}, "unknown": 1}
    path = f"{prefix}/sessions/{SESSION}/events"
    answer = await world.client.post(path, json=body, headers=world.auth())
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    [request] = asked(world)
    [told] = request.events
    assert (request.user_id, told.session_id, told.event_type) == ("user_1", SESSION, "abandon")
    assert told.metadata == {"listenedSec": 42}
    assert told.occurred_at is not None
    assert abs(datetime.now(UTC) - told.occurred_at).total_seconds() < 60


async def test_a_key_names_one_event(world: Any) -> None:
    for user, key in (("user_1", "k"), ("user_1", "k"), ("user_1", "l"), ("user_2", "k")):
        headers = {**world.auth(user), "Idempotency-Key": f'"{key}"'}
        await world.client.post(HERE, json={"eventType": "start"}, headers=headers)
    ids = [request.events[0].client_event_id for request in asked(world)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (HERE, {"eventType": "dance"}, 400, "VALIDATION_ERROR"),
        (HERE, {}, 400, "VALIDATION_ERROR"),
        (HERE, {"eventType": "start", "metadata": [1]}, 400, "VALIDATION_ERROR"),
        (HERE, {"eventType": "start", "metadata": {str(n): n for n in range(33)}}, 400, None),
        ("/sessions/no-uuid/events", {"eventType": "start"}, 400, "INVALID_SESSION_ID"),
        (HERE.replace("1c26", "9999"), {"eventType": "start"}, 404, "NOT_FOUND"),
        ("/events", {"events": [event()] * 501}, 400, "VALIDATION_ERROR"),
        ("/events", {}, 400, "VALIDATION_ERROR"),
        ("/events", {"events": [event(metadata={"a": "b" * 2**18})]}, 413, "PAYLOAD_TOO_LARGE"),
    ],
)
async def test_what_is_no_event_is_refused(
    world: Any, path: str, body: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await world.client.post(path, json=body, headers=world.auth())
    assert answer.status_code == status
    assert code in {None, answer.json()["code"]}


async def test_a_batch_of_good_and_bad(world: Any) -> None:
    events = [
        event(),
        event(clientEventId="two", occurredAt="yesterday", metadata={"offline": True}),
        event(clientEventId="three", sessionId="not a uuid"),
        event(clientEventId="four", eventType="dance"),
    ]
    batch = {"events": events, "sentAt": "2026-01-05T07:02:11Z"}
    headers = {**world.auth(), "X-Timezone": "Europe/Berlin"}
    answer = await world.client.post("/v1/events", json=batch, headers=headers)
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 0,
        "rejected": 2,
        "rejections": [
            {"clientEventId": "two", "reason": "time"},
            {"clientEventId": "three", "reason": "session"},
        ],
    }
    [request] = asked(world)
    assert request.timezone == "Europe/Berlin"
    assert request.sent_at == datetime(2026, 1, 5, 7, 2, 11, tzinfo=UTC)
    assert request.events[0].occurred_at == datetime(2026, 1, 4, 21, 31, 7, tzinfo=UTC)
    # What nobody knows is session's to refuse.
    assert request.events[3].event_type == "dance"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (event(clientEventId="with space"), "id"),
        (event(clientEventId="x" * 65), "id"),
        (event(clientEventId="a\x00"), "id"),
        (event(clientEventId=7), "id"),
        ({}, "id"),
        ("no event", "id"),
        (None, "id"),
        (event(clientEventId="bad", occurredAt=1767225600), "time"),
        (event(clientEventId="bad", occurredAt=None), "time"),
        (event(clientEventId="bad", eventType=None), "type"),
        (event(clientEventId="bad", eventType="x" * 65), "type"),
        (event(clientEventId="bad", sessionId=[]), "session"),
        (event(clientEventId="bad", metadata="x"), "metadata"),
        (event(clientEventId="bad", metadata={str(n): n for n in range(33)}), "metadata"),
        ({"clientEventId": "bad"}, "type"),
    ],
)
async def test_one_bad_event_does_not_stop_the_others(world: Any, bad: Any, reason: str) -> None:
    batch = {"events": [event(), bad, event(clientEventId="three")]}
    answer = await world.client.post("/v1/events", json=batch, headers=world.auth())
    assert answer.status_code == 200
    named = {"index": 1} if reason == "id" else {"clientEventId": "bad"}
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 0,
        "rejected": 1,
        "rejections": [{**named, "reason": reason}],
    }
    [request] = asked(world)
    assert [told.client_event_id for told in request.events] == ["one", "three"]


async def test_a_batch_of_nothing_but_bad_asks_nobody(world: Any) -> None:
    answer = await world.client.post("/events", json={"events": [1]}, headers=world.auth())
    assert answer.json()["rejections"] == [{"index": 0, "reason": "id"}]
    assert asked(world) == []


async def test_nothing_to_tell_asks_nobody(world: Any) -> None:
    answer = await world.client.post("/events", json={"events": []}, headers=world.auth())
    assert answer.json() == {"accepted": 0, "duplicates": 0, "rejected": 0}
    assert asked(world) == []


async def test_the_shelf(world: Any) -> None:
    headers = {**world.auth(), "X-Timezone": "Asia/Tokyo"}
    answer = await world.client.get("/v1/me/curation", headers=headers)
    plain = {
        "slot": "next_step",
        "sessionId": str(SESSION),
        "title": "Wake Up",
        "duration": 300,
        "voiceId": "alloy",
        "brainLayerType": "binaural",
        "brainLayerPreset": "beta",
        "backgroundId": "birds-chirping",
    }
    path = {"pathId": "q", "pathName": "Quiet mind", "chapterIndex": 2, "totalChapters": 7}
    told = {"whyText": "Chapter 2 of 7: Quiet mind", "pathInfo": path}
    assert answer.json() == {"cards": [{**plain, **told}, plain]}
    assert answer.headers["cache-control"] == "no-store"
    [request] = world.services.asked_for(curation.GetCuration)
    assert (request.user_id, request.timezone) == ("user_1", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", HERE), ("POST", "/events"), ("GET", "/me/curation")]
)
async def test_nobody_has_neither(world: Any, method: str, path: str) -> None:
    answer = await world.client.request(method, path, json={"eventType": "start"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-01-04T22:31:07Z", True),
        ("2026-01-04T22:31:07.123456789+05:30", True),
        ("2026-01-04T22:31:07", False),
        ("2026-01-04", False),
        ("1767225600", False),
        ("-1767225600.5", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("9999-12-31T23:59:59-14:00", False),
        ("NaN", False),
        ("", False),
        (None, False),
    ],
)
def test_an_instant_has_an_offset(text: str | None, *, read: bool) -> None:
    assert (instant(text) is not None) == read
