"""A made-up OpenAI: speech, and what else of it the services use, each in a file of its own.

``python -m simulators.openai_app`` runs it (PYTHONPATH=tests-e2e) on ``SIMULATOR_PORT``; with
``OPENAI_API_KEY`` it believes that key only. Faults are planned by address: ``speech`` and so on.
"""

from __future__ import annotations

import os
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from simulators.faults import Fault
from simulators.openai_chat import Chat
from simulators.openai_moderation import Moderation
from simulators.openai_speech import Speech
from simulators.vendor import Vendor

TYPES = {401: "invalid_request_error", 400: "invalid_request_error", 429: "requests"}


def wording(fault: Fault) -> dict[str, Any]:
    """OpenAI's error body; ``insufficient_quota`` is a 429 too."""
    busy = fault.kind == "busy"
    code = fault.code or ("rate_limit_exceeded" if busy else None)
    kind = TYPES.get(429 if busy else fault.status, "server_error")
    return {"error": {"message": "Made up", "type": code or kind, "param": None, "code": code}}


class OpenAi:
    """The vendor and its addresses."""

    def __init__(self, api_key: str | None = None) -> None:
        self.vendor = Vendor(wording, "authorization", "Bearer ", api_key)
        self.speech = Speech(self.vendor)
        self.chat = Chat(self.vendor)
        self.moderation = Moderation(self.vendor)

    def app(self) -> Starlette:
        """The vendor's addresses and ours."""
        guarded = self.vendor.guarded
        routes = [
            Route("/v1/audio/speech", guarded("speech", self.speech.answer), methods=["POST"]),
            *self.chat.routes(),
            *self.moderation.routes(),
            *self.vendor.control(self.speech, ("lag", "voices", "wrong_format")),
        ]
        return Starlette(routes=routes)


if __name__ == "__main__":
    uvicorn.run(
        OpenAi(os.environ.get("OPENAI_API_KEY")).app(),
        host="127.0.0.1",
        port=int(os.environ["SIMULATOR_PORT"]),
        log_level="warning",
        access_log=False,
    )
