"""Help for whoever speaks of self-harm, whatever else is wrong with what they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from ab_gateway.entrypoints.http.caring import MOST_SIGNS, texts_in
from ab_shared.contracts import affirmations, editing, rpc
from ab_shared.contracts.care import Care, HelpLine
from ab_shared.contracts.caring import LONGEST_TEXT, MOST_TEXTS, FoundCare, LookForCare
from ab_shared.errors import DeadlineExceeded, ValidationFailed

HARD = "I want to kill myself"
CARE = Care(message="You matter.", resources=(HelpLine(name="Somebody", contact="call"),))
TOLD = "Somebody: call"
SESSION = UUID("6f3cfe4e-3c1c-5d0e-9f50-5a1f3f1f7a10")


def looked(request: LookForCare) -> FoundCare:
    found = HARD in request.texts
    return FoundCare(care=CARE, told=TOLD) if found else FoundCare()


def away(_request: LookForCare) -> FoundCare:
    raise DeadlineExceeded("No answer came in time")


@pytest.fixture
def launch(start: Any, services: Any) -> Any:
    async def launching(look: Callable[[LookForCare], FoundCare] | None = looked) -> Any:
        if look is not None:
            services.more.append(("session", LookForCare, look))
        return await start()

    return launching


WRONG: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "an empty line": (
        *("POST", "/v1/sessions"),
        {"title": "T", "affirmations": [HARD, ""], "voiceId": "nova"},
        "affirmations[1]",
    ),
    "no title": (
        *("POST", "/sessions"),
        {"affirmations": [HARD], "voiceId": "nova"},
        "title",
    ),
    "a long line in an edit": (
        *("PATCH", f"/v1/sessions/{SESSION}"),
        {"affirmations": [HARD, "a" * 9_000]},
        "affirmations[1]",
    ),
    "too many lines": (
        *("POST", "/v1/affirmations/generate"),
        {"goal": HARD, "count": 99},
        "count",
    ),
    "too long a goal": (
        *("POST", "/v1/affirmations/suggest-title"),
        {"goal": "a" * 10_000, "affirmations": [HARD]},
        "goal",
    ),
}


@pytest.mark.parametrize(("method", "path", "body", "field"), WRONG.values(), ids=WRONG)
async def test_no_other_mistake_hides_the_help(
    launch: Any, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    world = await launch()
    answer = await world.client.request(method, path, json=body, headers=world.auth())
    told = answer.json()
    assert (answer.status_code, told["code"]) == (400, "VALIDATION_ERROR")
    assert told["message"] == CARE.message
    assert told["details"]["help"] == TOLD
    assert field in told["details"]
    assert HARD not in answer.text


async def test_other_mistakes_read_as_before(launch: Any) -> None:
    world = await launch()
    body = {"title": "T", "affirmations": ["I rest", ""], "voiceId": "nova"}
    answer = await world.client.post("/v1/sessions", json=body, headers=world.auth())
    assert answer.json()["message"] == "Some fields are not valid"
    assert set(answer.json()["details"]) == {"affirmations[1]"}


@pytest.mark.parametrize("look", [None, away], ids=["nobody", "too late"])
async def test_without_the_session_service_the_mistake_is_told(launch: Any, look: Any) -> None:
    world = await launch(look)
    answer = await world.client.post(
        "/v1/affirmations/generate", json={"goal": HARD, "count": 99}, headers=world.auth()
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert answer.json()["message"] == "Some fields are not valid"


async def test_nobody_is_looked_at_before_they_sign_in(launch: Any) -> None:
    world = await launch()
    answer = await world.client.post("/v1/affirmations/generate", json={"goal": HARD, "count": 99})
    assert answer.status_code == 401
    assert world.services.asked_for(LookForCare) == []


async def test_nor_once_they_are_beyond_their_rate(launch: Any) -> None:
    world = await launch()
    wish = {"goal": HARD, "count": 99}
    for _ in range(6):
        answer = await world.client.post(
            "/v1/affirmations/generate", json=wish, headers=world.auth()
        )
    assert answer.status_code == 429
    assert len(world.services.asked_for(LookForCare)) == 5


async def test_help_is_for_the_place_that_the_request_names(launch: Any) -> None:
    world = await launch()
    headers = {**world.auth(), "X-Timezone": "Europe/Berlin"}
    wish = {"goal": HARD, "count": 99}
    await world.client.post("/v1/affirmations/generate", json=wish, headers=headers)
    (asked,) = world.services.asked_for(LookForCare)
    assert asked == LookForCare(user_id="user_1", texts=(HARD,), timezone="Europe/Berlin")


@pytest.mark.parametrize(("zone", "message"), [("Europe/Berlin", "You matter."), (None, "Far.")])
async def test_a_line_refused_by_its_service_gets_help_for_that_place_too(
    launch: Any, services: Any, zone: str | None, message: str
) -> None:
    def refuse(_request: Any) -> Any:
        raise ValidationFailed("Far.", details={"affirmations.0": "speaks", "help": "Far: away"})

    services.more.append(("session", affirmations.SuggestTitle, refuse))
    world = await launch()
    headers = world.auth() | ({"X-Timezone": zone} if zone else {})
    answer = await world.client.post(
        "/v1/affirmations/suggest-title", json={"affirmations": [HARD]}, headers=headers
    )
    assert answer.json()["message"] == message
    assert services.asked_for(affirmations.SuggestTitle)[0].timezone == zone


async def test_what_only_the_service_finds_wrong_hides_no_help(launch: Any, services: Any) -> None:
    def refuse(_request: Any) -> Any:
        raise ValidationFailed("The session breaks a rule", details={"title": "too short"})

    services.more.append(("session", editing.EditSession, refuse))
    world = await launch()
    answer = await world.client.patch(
        f"/v1/sessions/{SESSION}", json={"affirmations": [HARD]}, headers=world.auth()
    )
    assert answer.json()["message"] == CARE.message
    assert answer.json()["details"] == {"title": "too short", "help": TOLD}


async def test_a_title_comes_with_help(launch: Any, services: Any) -> None:
    titled = affirmations.SuggestedTitle(title="Deep Rest", care=CARE)
    services.more.append(("session", affirmations.SuggestTitle, lambda _: titled))
    world = await launch()
    answer = await world.client.post(
        "/v1/affirmations/suggest-title", json={"goal": HARD}, headers=world.auth()
    )
    assert answer.status_code == 200
    assert answer.json()["care"]["resources"] == [{"name": "Somebody", "contact": "call"}]
    assert services.asked_for(rpc.CreateSession) == []


def test_texts_are_found_in_whatever_json_it_is() -> None:
    assert texts_in(b'{"a": "one", "a": ["two", {"b": "three"}], "n": 1, "f": 1.5}') == [
        *("one", "two", "three")
    ]
    assert texts_in(b'"\\ud800I rest"') == ["I rest"]
    assert texts_in(b'{"a": "one"') == texts_in(b"[" * 100_000) == texts_in(b"\xff") == []
    assert texts_in(b"[" * 50 + b'"deep"' + b"]" * 50) == []


def test_no_more_is_looked_at_than_there_is_time_for() -> None:
    many = b"[" + b",".join([b'"short"'] * 500) + b"]"
    assert len(texts_in(many)) == MOST_TEXTS
    long = b"[" + b",".join([b'"' + b"a" * 5_000 + b'"'] * 50) + b"]"
    assert {len(text) for text in texts_in(long)} == {LONGEST_TEXT}
    assert sum(map(len, texts_in(long))) == MOST_SIGNS
