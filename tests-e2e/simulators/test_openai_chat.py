"""The made-up chat model keeps to the vendor's protocol, through the vendor's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import openai
import pytest
from ab_session.adapters.openai_writer import SCHEMA, open_client

from simulators.openai_app import OpenAi
from simulators.openai_chat import ANSWERS
from simulators.running import serving

KEY = "sk-made-up"
LONG = "You write affirmations. " * 200


@pytest.fixture
def place() -> Iterator[str]:
    with serving(OpenAi(KEY).app()) as url:
        yield url


async def test_an_answer_is_a_chat_completion_and_a_long_beginning_is_cached(place: str) -> None:
    async with open_client(KEY, f"{place}/v1", 5) as client:
        said = [
            await client.chat.completions.create(
                model="m",
                messages=[
                    {"role": "system", "content": LONG},
                    {"role": "user", "content": f"Write exactly {count} lines."},
                ],
                response_format=SCHEMA,
            )
            for count in (3, 5)
        ]
    counts = [len(json.loads(one.choices[0].message.content or "")["lines"]) for one in said]
    assert counts == [3, 5]
    used = [one.usage for one in said]
    assert all(usage is not None for usage in used)
    cached = [
        usage.prompt_tokens_details.cached_tokens
        for usage in used
        if usage is not None and usage.prompt_tokens_details is not None
    ]
    assert cached == [0, 1152]


async def test_it_refuses_as_the_vendor_does(place: str) -> None:
    async with open_client("sk-other", f"{place}/v1", 5) as client:
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}], response_format=SCHEMA
            )
    async with open_client(KEY, f"{place}/v1", 5) as client:
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "without a shape"}]
            )


async def test_what_comes_next_can_be_planned(place: str) -> None:
    async with httpx.AsyncClient(base_url=place) as control:
        planned = await control.post("/_control/chat", json={"script": [*ANSWERS]})
        assert planned.json() == {"script": [*ANSWERS]}
        unknown = await control.post("/_control/chat", json={"script": ["nonsense"]})
        assert unknown.status_code == 400
