"""Being helped with writing, through the client."""

from __future__ import annotations

import json

import httpx
from ab_client.api import ApiClient
from ab_client.writing import Writing

LINES = ["I trust my need for rest.", "Deep down, I trust the night that holds me."]


async def test_lines_and_a_title_are_asked_for_as_the_wire_says() -> None:
    asked: list[httpx.Request] = []
    answers = [
        httpx.Response(200, json={"affirmations": LINES, "reasoning": "Value anchors."}),
        httpx.Response(200, json={"title": "Deep Rest"}),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers[len(asked) - 1]

    transport = httpx.MockTransport(answer)
    async with ApiClient("http://api.test", token="t", transport=transport) as client:
        writing = Writing(client)
        written = await writing.write(goal="rest", session_type="sleep", count=2)
        title = await writing.suggest_title(goal_tag="sleep", lines=written.affirmations)
    assert (written.affirmations, written.reasoning, title) == (
        LINES,
        "Value anchors.",
        "Deep Rest",
    )
    paths = ["/v1/affirmations/generate", "/v1/affirmations/suggest-title"]
    assert [request.url.path for request in asked] == paths
    wish, about = (json.loads(request.content) for request in asked)
    assert wish == {"goal": "rest", "sessionType": "sleep", "count": 2}
    assert about == {"goalTag": "sleep", "affirmations": LINES}
