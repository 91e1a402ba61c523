"""What the body of a failure says, which the installed app reads word by word."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ab_gateway.entrypoints.http.wording import MEANINGS
from ab_shared.contracts import rpc
from ab_shared.errors import FreeLimitReached, ValidationFailed

SENT = "a sentence of mine"
GOOD: dict[str, Any] = {"title": "Calm", "voiceId": "nova", "affirmations": ["I rest"]}
LOGIN = {"email": "ana@example.com", "password": "correct horse"}
STATUS = re.compile(r"[45]\d\d|connection", re.IGNORECASE)

WRONG: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "401 lines": (
        {**GOOD, "affirmations": ["I rest"] * 401},
        {"affirmations": "has too many items"},
    ),
    "no lines": ({**GOOD, "affirmations": []}, {"affirmations": "has too few items"}),
    "a long line": (
        {**GOOD, "affirmations": ["a" * 501]},
        {"affirmations[0]": "has too many characters"},
    ),
    "a long title": ({**GOOD, "title": "a" * 429}, {"title": "has too many characters"}),
    "a long goal": ({**GOOD, "goalTag": "a" * 401}, {"goalTag": "has too many characters"}),
    "no voice": ({**GOOD, "voiceId": ""}, {"voiceId": "has too few characters"}),
    "another pace": ({**GOOD, "pace": SENT}, {"pace": "is none of the known values"}),
    "a draft id": ({**GOOD, "localDraftId": SENT}, {"localDraftId": "must be a UUID"}),
    "a high tone": ({**GOOD, "solfeggioHz": 429401}, {"solfeggioHz": "is too large"}),
    "a low tone": ({**GOOD, "frequencyHz": -401}, {"frequencyHz": "is too small"}),
    "no number": ({**GOOD, "frequencyHz": SENT}, {"frequencyHz": "must be a number"}),
    "no text": ({**GOOD, "title": 401}, {"title": "must be text"}),
    "no list": ({**GOOD, "affirmations": SENT}, {"affirmations": "must be a list"}),
    "no title": (
        {"voiceId": "nova", "affirmations": ["I rest"]},
        {"title": "is missing"},
    ),
}


@pytest.mark.parametrize(("body", "details"), WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_field_is_named_in_plain_words(
    world: Any, body: dict[str, Any], details: dict[str, str]
) -> None:
    answer = await world.client.post("/v1/sessions", json=body, headers=world.auth())
    assert answer.status_code == 400
    assert answer.json()["details"] == details
    assert not STATUS.search(answer.text)
    assert SENT not in answer.text


async def test_an_address_is_refused_without_its_pattern(world: Any) -> None:
    answer = await world.client.post("/v1/auth/login", json={**LOGIN, "email": "ana"})
    assert answer.json()["details"] == {"email": "must be an e-mail address"}
    short = await world.client.post("/v1/auth/register", json={**LOGIN, "password": "short"})
    assert short.json()["details"] == {"password": "has too few characters"}


async def test_a_wrong_parameter_is_told_in_the_same_shape(world: Any) -> None:
    answer = await world.client.get("/v1/sessions?limit=401x&offset=429.5")
    wanted = {"limit": "must be a whole number", "offset": "must be a whole number"}
    assert (answer.status_code, answer.json()["details"]) == (400, wanted)
    endless = await world.client.get(f"/v1/sessions?limit={'9' * 5000}")
    assert endless.json()["details"] == {"limit": "must be a whole number"}


async def test_what_the_services_say_of_fields_has_the_same_shape(world: Any) -> None:
    said = (
        (ValidationFailed("Too easy", details={"field": "password"}), {"password": "Too easy"}),
        (
            ValidationFailed("No", details={"affirmations.3": "is odd"}),
            {"affirmations[3]": "is odd"},
        ),
        (ValidationFailed("No", details={"title": "429 signs"}), {"title": "is not valid"}),
        (FreeLimitReached("Used up", details={"dailyGenerations": 401}), None),
    )
    for error, details in said:
        world.refuse(error)
        answer = await world.client.post("/v1/auth/login", json=LOGIN)
        assert answer.json().get("details") == details
        assert not STATUS.search(answer.text)


@pytest.mark.parametrize("word", ["lost the connection", "Connection", "got 401"])
async def test_a_message_that_would_be_misread_is_not_passed_on(world: Any, word: str) -> None:
    world.refuse(ValidationFailed(word))
    answer = await world.client.post("/v1/auth/login", json=LOGIN)
    assert answer.json()["message"] == "This request can't be done as it is"


@pytest.mark.parametrize("word", ["connection", "myConnectionId", "networkfailed", "UNAUTHORIZED"])
async def test_a_request_id_cannot_put_words_into_a_body(world: Any, word: str) -> None:
    answer = await world.client.get("/v1/nothing", headers={"X-Request-Id": word})
    assert answer.headers["x-request-id"] == word
    assert word.casefold() not in answer.text.casefold()
    assert answer.json()["requestId"].isalpha()


def test_no_word_of_ours_would_be_misread() -> None:
    assert not [text for text in MEANINGS.values() if re.search(r"\d", text) or STATUS.search(text)]


async def test_only_the_name_on_the_wire_counts(world: Any) -> None:
    python = {"title": "Calm", "voice_id": "nova", "affirmations": ["I rest"]}
    answer = await world.client.post("/v1/sessions", json=python, headers=world.auth())
    assert (answer.status_code, answer.json()["details"]) == (400, {"voiceId": "is missing"})
    both = {**GOOD, "voice_id": 7, "goal_tag": "sleep"}
    answer = await world.client.post("/v1/sessions", json=both, headers=world.auth())
    assert answer.status_code == 201
    draft = json.loads(world.services.asked_for(rpc.CreateSession)[0].model_dump_json())["draft"]
    assert (draft["voice_id"], draft["goal_tag"]) == ("nova", None)
    refresh = await world.client.post("/v1/auth/refresh", json={"refresh_token": "r"})
    assert refresh.status_code == 400
