"""Prompt templates over HTTP: what administrators send, and what session is asked in their name."""

from __future__ import annotations

from typing import Any

import pytest
from ab_shared.contracts import prompts
from ab_shared.contracts.admin import Role
from gateway_memory.administration import Administration
from gateway_memory.prompting import KEY

ME = "user_operator"
AT = f"/v1/admin/ai-sources/{KEY}"


@pytest.fixture
def office(services: Any) -> Administration:
    return Administration(services)


@pytest.fixture
async def world(start: Any, office: Administration) -> Any:
    office.hold(ME, Role.OPERATOR)
    return await start()


async def post(world: Any, path: str, body: Any) -> Any:
    return await world.client.post(path, json=body, headers=world.auth(ME))


async def test_templates_are_listed_with_what_writing_took(world: Any) -> None:
    answer = await world.client.get("/v1/admin/ai-sources", headers=world.auth(ME))
    assert answer.json() == {
        "sources": [
            {
                "key": KEY,
                "about": "How lines are written",
                "placeholders": [],
                "active": 1,
                "rolloutPercent": 0,
                "versions": 1,
            }
        ],
        "writer": {
            "provider": "openai",
            "model": "gpt-4.1-mini",
            "resting": False,
            "callsToday": 3,
            "dailyCalls": 10,
            "spentToday": 1.25,
            "dailyDollars": 10.0,
        },
    }


async def test_a_template_comes_with_its_versions(world: Any) -> None:
    found = (await world.client.get(AT, headers=world.auth(ME))).json()
    assert found["versions"] == [
        {
            "version": 1,
            "state": "active",
            "rolloutPercent": 100,
            "text": "You write affirmations.",
            "createdBy": "shipped",
            "createdAt": found["versions"][0]["createdAt"],
        }
    ]


async def test_deeds_are_done_in_the_administrator_s_name(
    world: Any, office: Administration
) -> None:
    why = {"reason": "shorter lines read better"}
    added = await post(world, f"{AT}/versions", {"text": "Write.\nShort.", "note": "n", **why})
    activated = await post(world, f"{AT}/versions/2/activate", why)
    bare = await post(world, f"{AT}/versions/2/activate", None)
    rolled = await post(world, f"{AT}/versions/3/rollout", {"percent": 25, **why})
    assert [a.status_code for a in (added, activated, bare, rolled)] == [200] * 4
    by = {"key": KEY, "actor": ME, "actor_kind": "admin"}
    assert office.deeds == [
        prompts.AddPromptVersion(**by, text="Write.\nShort.", note="n", **why),
        prompts.ActivatePrompt(**by, version=2, **why),
        prompts.ActivatePrompt(**by, version=2),
        prompts.RollOutPrompt(**by, version=3, percent=25, **why),
    ]


async def test_a_preview_changes_nothing_and_says_what_comes_of_it(
    world: Any, office: Administration
) -> None:
    wish = {"version": 1, "write": True, "goal": "rest", "sessionType": "sleep", "count": 2}
    answer = await post(world, f"{AT}/preview", wish)
    assert answer.json() == {"text": "told", "characters": 4, "complaints": [], "lines": []}
    assert office.deeds == [
        prompts.PreviewPrompt(
            key=KEY, version=1, write=True, goal="rest", session_type="sleep", count=2
        )
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{AT}/versions", {"text": ""}),
        (f"{AT}/versions", {"text": "x" * 8001}),
        (f"{AT}/versions", {"text": "a text with \x00 in it"}),
        (f"{AT}/versions", {"text": "a text with \u202e in it"}),
        (f"{AT}/versions", {}),
        (f"{AT}/versions/0/activate", {}),
        (f"{AT}/versions/two/activate", {}),
        (f"{AT}/versions/2/rollout", {"percent": 101}),
        (f"{AT}/versions/2/rollout", {"percent": -1}),
        (f"{AT}/versions/2/rollout", {"percent": 2.5}),
        (f"{AT}/versions/2/rollout", {}),
        (f"{AT}/preview", {}),
        (f"{AT}/preview", {"version": 1, "text": "both"}),
        (f"{AT}/preview", {"version": 1, "goal": "g" * 10_000}),
        ("/v1/admin/ai-sources/Not-A-Key/versions", {"text": "x"}),
    ],
)
async def test_what_is_no_deed_is_refused_here(
    world: Any, office: Administration, path: str, body: Any
) -> None:
    answer = await post(world, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert office.deeds == []
