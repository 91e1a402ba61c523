"""A made-up ElevenLabs: speech with the time of each character, and a limit on calls at once.

``python -m simulators.elevenlabs_app`` runs it (PYTHONPATH=tests-e2e) on ``SIMULATOR_PORT``; with
``ELEVENLABS_API_KEY`` it believes that key only. Faults' ``code`` is the vendor's
``detail.status``: ``system_busy``, ``quota_exceeded`` and so on.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections import Counter
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.babble import EDGE_SECONDS, babble, character_seconds, encoded
from simulators.faults import Fault
from simulators.vendor import Vendor

MOST_CHARACTERS = 10_000
FORMATS = {
    "mp3_44100_128": ("mp3", 44_100),
    "pcm_24000": ("pcm", 24_000),
    "pcm_44100": ("pcm", 44_100),
    "wav_24000": ("wav", 24_000),
}


def wording(fault: Fault) -> dict[str, Any]:
    """ElevenLabs' error body."""
    status = fault.code or ("system_busy" if fault.kind == "busy" else "internal_error")
    return {"detail": {"status": status, "message": "Made up"}}


class ElevenLabs:
    """``limit`` calls at once; ``removed`` voices are gone; ``spoken`` counts each read paid for.

    ``most`` is how many calls there ever were at once, refused ones apart.
    """

    def __init__(self, api_key: str | None = None) -> None:
        self.vendor = Vendor(wording, "xi-api-key", api_key=api_key)
        self.limit = 5
        self.busy = 0
        self.most = 0
        self.removed: list[str] = []
        self.wrong_format: str | None = None
        self.spoken: Counter[str] = Counter()

    def app(self) -> Starlette:
        """The vendor's addresses and ours."""
        path = "/v1/text-to-speech/{voice_id}/with-timestamps"
        routes = [
            Route(path, self.counted, methods=["POST"]),
            *self.vendor.control(self, ("lag", "limit", "removed", "wrong_format")),
        ]
        return Starlette(routes=routes)

    async def counted(self, request: Request) -> Response:
        """One call, if there is a slot for it."""
        full = self.busy >= self.limit
        now = min(self.busy + 1, self.limit)
        self.busy += 1
        try:
            if full:
                response = self.vendor.refused(429, "too_many_concurrent_requests")
            else:
                self.most = max(self.most, self.busy)
                speak = self.vendor.guarded("speech", self._speaker(request))
                response = await _unless_gone(request, speak(request))
        finally:
            self.busy -= 1
        response.headers["current-concurrent-requests"] = str(now)
        response.headers["maximum-concurrent-requests"] = str(self.limit)
        return response

    def _speaker(self, request: Request) -> Any:
        async def speak(body: dict[str, Any]) -> Response:
            output = request.query_params.get("output_format", "mp3_44100_128")
            return await self._speak(body, output)

        return speak

    async def _speak(self, body: dict[str, Any], output: str) -> Response:
        text, voice = str(body.get("text", "")), body["voice_id"]
        if voice in self.removed:
            return self.vendor.refused(400, "voice_not_found")
        if len(text) > MOST_CHARACTERS:
            return self.vendor.refused(400, "max_character_limit_exceeded")
        if not text or output not in FORMATS:
            return self.vendor.refused(400, "invalid_parameters")
        settings = body.get("voice_settings") or {}
        speed = float(settings.get("speed", 1.0))
        seed = f"{voice} {body.get('seed')} {sorted(settings.items())}"
        name, rate = FORMATS[self.wrong_format or output]
        audio = await asyncio.to_thread(encoded, babble(text, seed, speed), name, rate)
        self.spoken[f"{text}|{seed}"] += 1
        return JSONResponse(
            {
                "audio_base64": base64.b64encode(audio).decode(),
                "alignment": _alignment(text, speed),
                "normalized_alignment": None,
            }
        )


def _alignment(text: str, speed: float) -> dict[str, Any]:
    each = character_seconds(speed)
    starts = [round(EDGE_SECONDS + each * place, 3) for place in range(len(text) + 1)]
    return {
        "characters": list(text),
        "character_start_times_seconds": starts[:-1],
        "character_end_times_seconds": starts[1:],
    }


async def _unless_gone(request: Request, answering: Any) -> Response:
    """The answer, dropped when the client leaves: a hang shall not keep its slot for ever."""
    answer = asyncio.ensure_future(answering)
    while not answer.done():
        await asyncio.wait({answer}, timeout=0.05)
        if not answer.done() and await request.is_disconnected():
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)
            return JSONResponse(None)
    response: Response = answer.result()
    return response


if __name__ == "__main__":
    uvicorn.run(
        ElevenLabs(os.environ.get("ELEVENLABS_API_KEY")).app(),
        host="127.0.0.1",
        port=int(os.environ["SIMULATOR_PORT"]),
        log_level="warning",
        access_log=False,
    )
