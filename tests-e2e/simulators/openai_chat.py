"""OpenAI's ``/v1/chat/completions`` with structured output: lines, or what models do instead.

``POST /_control/chat {"script": ["broken", "good"]}`` says how the next answers come out; when it
is used up they are good. What it is told is kept in the vendor's calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.vendor import Vendor, careful

ROLES = ("system", "user", "assistant")
# What a cache holds begins at 1024 tokens and grows by 128: OpenAI's guide on prompt caching.
LEAST_CACHED, CACHED_STEP = 1024, 128
BANK = (
    *("I breathe slowly and feel my feet.", "My shoulders soften with each breath."),
    *("Today I choose one small step.", "With each breath, I settle a little more."),
    *("I am learning to trust my pace.", "My hands rest and grow warm."),
    *("Right here, I give myself time.", "I notice the ground that holds me."),
    *("My voice is becoming steadier today.", "Step by step, I build what matters."),
    *("I honour the stillness of this hour.", "My attention comes back to this moment."),
    *("Quietly, I choose to be kind to myself.", "I value the calm I carry inside."),
    *("My day opens with one clear choice.", "This evening I let my jaw soften."),
    *("I take the next step with care.", "My breath leads me home again."),
    *("Slowly, I am becoming able to rest.", "I create a gentle rhythm for my day."),
    *("My choices speak of what I value.", "Even now, I am capable of calm."),
    *("I focus on one thing with ease.", "My heart finds its own steady pace."),
)
Maker = Callable[[tuple[str, ...]], Any]


def _said(content: str | None, reason: str = "stop", refusal: str | None = None) -> dict[str, Any]:
    message = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}


def _as_json(lines: Any) -> dict[str, Any]:
    return _said(json.dumps({"lines": lines}))


def _cut(lines: tuple[str, ...]) -> dict[str, Any]:
    whole = json.dumps({"lines": lines})
    return _said(whole[: len(whole) * 2 // 3], "length")


ANSWERS: dict[str, Maker] = {
    "good": _as_json,
    "broken": lambda lines: _as_json(["I am not afraid of anything tonight.", *lines[1:]]),
    "few": lambda lines: _as_json(lines[1:]),
    "many": lambda lines: _as_json([*lines, "Tonight I rest in my own time."]),
    "twice": lambda lines: _as_json([lines[0], *lines[:-1]]),
    "foreign": lambda lines: _as_json([f"Ich bin ruhig und atme {n}" for n in lines]),
    "markup": lambda lines: _as_json([f"1. **{line}**" for line in lines]),
    "address": lambda lines: _as_json(["I visit evil.example every day now.", *lines[1:]]),
    "none": lambda _lines: _as_json([]),
    "blank": lambda _lines: _said(""),
    "numbers": lambda lines: _as_json(list(range(len(lines)))),
    "prose": lambda lines: _said("Sure! Here you go:\n" + "\n".join(lines)),
    "cut": _cut,
    "unended": lambda lines: _said(json.dumps({"lines": lines})[:-9]),
    "refusal": lambda _lines: _said(None, refusal="I can't help with that."),
    "filtered": lambda _lines: _said(None, "content_filter"),
}


@dataclass
class Chat:
    """``script`` holds names of ``ANSWERS``, the next one first; ``seen`` what could be cached."""

    vendor: Vendor
    script: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    usage: bool = True

    def routes(self) -> list[Route]:
        """The vendor's address and ours."""
        return [
            Route(
                "/v1/chat/completions", self.vendor.guarded("chat", self.answer), methods=["POST"]
            ),
            Route("/_control/chat", careful(self.plan), methods=["POST"]),
        ]

    async def plan(self, request: Request) -> Response:
        """How the next answers come out."""
        script = (await request.json())["script"]
        unknown = [name for name in script if name not in ANSWERS]
        if unknown:
            raise ValueError(f"no such answer, only {', '.join(ANSWERS)}")
        self.script[:] = script
        return JSONResponse({"script": self.script})

    async def answer(self, body: dict[str, Any]) -> Response:
        """As many lines as the last request names, other ones for each call."""
        messages = body.get("messages")
        if not body.get("model") or not _sane(messages) or not _structured(body):
            return self.vendor.refused(400, "invalid_value")
        wanted = [re.search(r"exactly (\d+) lines", one["content"]) for one in messages]
        count = next((int(found.group(1)) for found in reversed(wanted) if found), 4)
        calls = len(self.vendor.calls)
        lines = tuple(BANK[(calls * 4 + number) % len(BANK)] for number in range(count))
        choice = ANSWERS[self.script.pop(0) if self.script else "good"](lines)
        answer = {
            "id": f"chatcmpl-{calls}",
            "object": "chat.completion",
            "created": 1_767_571_200,
            "model": body["model"],
            "choices": [choice],
        }
        if self.usage:
            answer["usage"] = self._usage(messages, choice["message"]["content"] or "")
        return JSONResponse(answer)

    def _usage(self, messages: list[dict[str, str]], written: str) -> dict[str, Any]:
        told = sum(_tokens(one["content"]) for one in messages)
        first = messages[0]["content"]
        cached = _tokens(first) // CACHED_STEP * CACHED_STEP
        hit = first in self.seen and cached >= LEAST_CACHED
        self.seen.add(first)
        return {
            "prompt_tokens": told,
            "completion_tokens": _tokens(written),
            "total_tokens": told + _tokens(written),
            "prompt_tokens_details": {"cached_tokens": cached if hit else 0},
        }


def _tokens(text: str) -> int:
    return len(text) // 4


def _sane(messages: Any) -> bool:
    return bool(messages) and all(
        one.get("role") in ROLES and isinstance(one.get("content"), str) for one in messages
    )


def _structured(body: dict[str, Any]) -> bool:
    shape = body.get("response_format", {})
    strict = shape.get("json_schema", {}).get("strict")
    return shape.get("type") == "json_schema" and strict is True
