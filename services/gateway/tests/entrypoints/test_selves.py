"""Values, struggle, preferences over HTTP, as the product page has them."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts import selves
from gateway_memory.selves import SelfAnswers

DEFAULTS = {
    "schemaVersion": 3,
    "voiceId": "nova",
    "pace": "slow",
    "affirmationSpacingMs": 4000,
    "binauralHz": 10.0,
    "backgroundId": "ocean",
    "mix": {"affirmations": 1.0, "binaural": 0.05, "background": 0.3},
    "loopBackground": True,
    "loopBinaural": True,
}
VALUE = {"valueId": "family", "valueText": "Time with my family"}
WISHES = {"primaryGoal": "Sleep", "voicePreference": "More space", "soundPreference": "Balanced"}


@pytest.fixture
async def world(start: Any, services: Any) -> Any:
    services.more += SelfAnswers().answers()
    return await start()


async def asked(world: Any, method: str, path: str, body: Any = None, **headers: str) -> Any:
    sent = {**world.auth(), **{name.replace("_", "-"): told for name, told in headers.items()}}
    return await world.client.request(method, path, json=body, headers=sent)


async def put(world: Any, body: Any, **headers: str) -> Any:
    return await asked(world, "PUT", "/v1/me/preferences", body, **headers)


@pytest.mark.parametrize("prefix", ["", "/v1"])
async def test_values_are_replaced_and_answered_with_every_rank(world: Any, prefix: str) -> None:
    path = f"{prefix}/me/values"
    assert (await asked(world, "GET", path)).json() == {"values": []}
    body = {"values": [{**VALUE, "rank": 1, "x": 1}, {"valueId": " own ", "valueText": " Work "}]}
    saved = await asked(world, "POST", path, body)
    assert (saved.status_code, saved.json()) == (200, {"success": True, "count": 2})
    first, second = (await asked(world, "GET", path)).json()["values"]
    assert first == {
        "id": "00000000-0000-0000-0000-000000000000",
        "userId": "user_1",
        **VALUE,
        "rank": 1,
        "createdAt": "2026-01-05T12:30:10.000Z",
        "updatedAt": "2026-01-05T12:30:10.000Z",
    }
    assert (second["valueId"], second["valueText"], second["rank"]) == ("own", "Work", None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (None, "values"),
        ([{**VALUE, "rank": 0}], "values[0].rank"),
        ([{**VALUE, "rank": 51}], "values[0].rank"),
        ([{**VALUE, "rank": "first"}], "values[0].rank"),
        ([{"valueId": "family"}], "values[0].valueText"),
        ([{**VALUE, "valueText": "   "}], "values[0].valueText"),
        ([{**VALUE, "valueText": "x" * 201}], "values[0].valueText"),
        ([{**VALUE, "valueId": "x" * 65}], "values[0].valueId"),
        ([{**VALUE, "valueText": "a\x00b"}], "values[0].valueText"),
        ([{**VALUE, "valueId": f"v{n}"} for n in range(51)], "values"),
    ],
)
async def test_values_that_are_none_name_their_field(world: Any, values: Any, field: str) -> None:
    answer = await asked(world, "POST", "/v1/me/values", {"values": values})
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert list(answer.json()["details"]) == [field]


async def test_a_struggle_is_nullable_and_always_there(world: Any) -> None:
    path = "/v1/me/struggle"
    assert (await asked(world, "GET", path)).json() == {"struggle": None}
    saved = await asked(world, "PUT", path, {"struggle": "  I lie awake\nand plan  "})
    assert saved.json() == {"struggle": "I lie awake and plan", "success": True}
    assert (await asked(world, "GET", path)).json() == {"struggle": "I lie awake and plan"}
    for nothing in (None, "", "   "):
        gone = await asked(world, "PUT", path, {"struggle": nothing})
        assert gone.json() == {"struggle": None, "success": True}


@pytest.mark.parametrize("body", [{}, {"struggle": "x" * 201}, {"struggle": 7}, {"struggle": "\0"}])
async def test_a_struggle_that_is_none_is_refused(world: Any, body: Any) -> None:
    answer = await asked(world, "PUT", "/v1/me/struggle", body)
    assert (answer.status_code, list(answer.json()["details"])) == (400, ["struggle"])
    assert world.services.asked_for(selves.SaveStruggle) == []


async def test_two_hundred_characters_are_counted_after_trimming(world: Any) -> None:
    body = {"struggle": " " * 50 + "x" * 200}
    assert (await asked(world, "PUT", "/v1/me/struggle", body)).status_code == 200


async def test_preferences_are_the_defaults_and_then_what_was_saved(world: Any) -> None:
    first = await asked(world, "GET", "/v1/me/preferences")
    assert (first.status_code, first.json()) == (200, DEFAULTS)
    changed = {**DEFAULTS, "pace": "fast", "mix": {**DEFAULTS["mix"], "binaural": 0.2}}
    saved = await put(world, {**changed, "aFieldOfTomorrow": [1]})
    assert (saved.status_code, saved.json()) == (200, changed)
    again = await asked(world, "GET", "/v1/me/preferences")
    assert (again.json(), again.headers["etag"]) == (changed, saved.headers["etag"])
    assert first.headers["etag"] != saved.headers["etag"]


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ({}, {}),
        ({"schemaVersion": 1, "voiceId": "onyx"}, {"voiceId": "onyx"}),
        ({"schemaVersion": 2, "pace": "medium", "mix": None, "affirmationSpacingMs": "long"}, {}),
        ({"mix": {"background": 0}}, {"mix": {**DEFAULTS["mix"], "background": 0.0}}),
        ({"loopBinaural": False, "binauralHz": None}, {"loopBinaural": False}),
        ({"schemaVersion": 4, "pace": "normal", "stars": 5}, {"pace": "normal"}),
    ],
)
async def test_older_and_partial_shapes_become_version_three(
    world: Any, said: Any, changes: Any
) -> None:
    assert (await put(world, said)).json() == {**DEFAULTS, **changes}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"pace": "warp"}, "pace"),
        ({"schemaVersion": 3, "mix": {"affirmations": 2}}, "mix.affirmations"),
        ({"affirmationSpacingMs": -1}, "affirmationSpacingMs"),
        ({"binauralHz": 0}, "binauralHz"),
        ({"loopBackground": 1}, "loopBackground"),
    ],
)
async def test_the_newest_shape_is_refused_where_it_is_wrong(
    world: Any, said: Any, field: str
) -> None:
    answer = await put(world, said)
    assert (answer.status_code, list(answer.json()["details"])) == (400, [field])


async def test_if_match_keeps_an_older_write_from_winning(world: Any) -> None:
    tag = (await asked(world, "GET", "/v1/me/preferences")).headers["etag"]
    assert (await put(world, {"pace": "fast"}, If_Match=tag)).status_code == 200
    late = await put(world, {"pace": "slow"}, If_Match=tag)
    assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")
    assert (await put(world, {"pace": "slow"}, If_Match="*")).status_code == 200
    assert (await put(world, {"pace": "slow"}, If_Match='"' + "x" * 99 + '"')).status_code == 400


async def test_curation_preferences_are_nullable_and_may_be_partial(world: Any) -> None:
    path = "/v1/me/curation/preferences"
    assert (await asked(world, "GET", path)).json() == {"preferences": None}
    for body, kept in (
        (WISHES, WISHES),
        ({"preferences": WISHES}, WISHES),
        ({"primaryGoal": "Reset", "voicePreference": None}, {"primaryGoal": "Reset"}),
    ):
        saved = await asked(world, "POST", path, body)
        assert (saved.status_code, saved.json()) == (200, {"success": True})
        assert (await asked(world, "GET", path)).json() == {"preferences": kept}
    wrong = await asked(world, "POST", path, {"primaryGoal": "Fame"})
    assert (wrong.status_code, list(wrong.json()["details"])) == (400, ["primaryGoal"])


PATHS = [
    ("GET", "/v1/me/values"),
    ("POST", "/v1/me/values"),
    ("GET", "/v1/me/struggle"),
    ("PUT", "/v1/me/struggle"),
    ("GET", "/v1/me/preferences"),
    ("PUT", "/v1/me/preferences"),
    ("GET", "/v1/me/curation/preferences"),
    ("POST", "/v1/me/curation/preferences"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_nobody_is_told_anything(world: Any, method: str, path: str) -> None:
    answer = await world.client.request(method, path, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_a_helper_may_look_and_say_nothing(world: Any, method: str, path: str) -> None:
    helper = world.auth("user_1", act={"sub": "support_1"})
    answer = await world.client.request(method, path, json={}, headers=helper)
    assert answer.status_code == (200 if method == "GET" else 403)


@pytest.mark.parametrize("path", [path for method, path in PATHS if method == "GET"])
async def test_what_is_personal_is_stored_nowhere(world: Any, path: str) -> None:
    answer = await asked(world, "GET", path)
    assert answer.headers["cache-control"] == "no-store"
    other = await world.client.get(path, headers=world.auth("user_2"))
    assert other.status_code == 200
