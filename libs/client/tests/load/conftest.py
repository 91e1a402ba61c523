"""A gateway in a few lines: accounts, tracks that are ready after a look or two, moods."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

NOW = datetime.now(UTC).isoformat().replace("+00:00", "Z")
LAYER = {"urlByPlatform": {"ios": "http://m/a.m4a", "android": "http://m/a.m4a"}, "loop": True}
ENTITLED = {
    "plan": "free",
    "status": "active",
    "canCreateSession": True,
    "canGenerateAudio": True,
    "limits": {"dailyGenerations": 2, "maxSessionLengthSec": 9, "offlineDownloads": False},
    "remainingFreeGenerationsToday": 2,
    "maxSessionLengthSecEffective": 9,
}
MIX = {"affirmations": 1, "binaural": 0.05, "background": 0.3}


class Gateway:
    """``moods``: the next answers at a path, before it answers as it should; None is the latter."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.moods: dict[str, list[httpx.Response | Exception | None]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.looked: Counter[str] = Counter()
        self.looks_until_ready = 2

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answers one request."""
        path = request.url.path.removeprefix("/v1")
        what = f"{request.method} {'/'.join(_name(part) for part in path.split('/'))}"
        self.asked[what] += 1
        moods = self.moods.get(what, [])
        mood = moods.pop(0) if moods else None
        if isinstance(mood, Exception):
            raise mood
        return mood or self._answer(what, path.split("/"), request)

    def _answer(self, what: str, parts: list[str], request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        simple = {
            "POST /auth/register": {"accessToken": "a", "refreshToken": "r", "expiresIn": 3600},
            "GET /health": {"ok": True},
            "GET /sessions": {"sessions": [], "limit": 50, "offset": 0, "hasMore": False},
            "POST /sessions/ID/events": {"success": True},
            "GET /me/curation": {"cards": []},
            "GET /me/entitlement": ENTITLED,
        }
        if what in simple:
            return httpx.Response(200, json=simple[what])
        if what == "POST /sessions":
            return self._created(body)
        session = self.sessions.get(parts[2], {}) if len(parts) > 2 else {}
        if what == "GET /jobs/ID/events":
            told = [f"data: {json.dumps(self._job(parts[2]))}\n\n" for _ in range(2)]
            return httpx.Response(200, text="".join(told))
        if what == "GET /jobs/ID":
            return httpx.Response(200, json=self._job(parts[2]))
        if what == "PATCH /sessions/ID":
            session["affirmations"] = body["affirmations"]
        of_a_session = {
            "PATCH /sessions/ID": {**session, "_newReads": 2, "_audioJobId": parts[2]},
            "GET /sessions/ID": session,
            "GET /sessions/ID/playback-bundle": {"bundle": _bundle(parts[2])},
        }
        return httpx.Response(200, json=of_a_session[what])

    @staticmethod
    def refused(status: int, code: str, wait: int | None = None) -> httpx.Response:
        """No, in the API's words."""
        body = {"code": code, "message": "no", "requestId": "abc"}
        headers = {} if wait is None else {"Retry-After": str(wait)}
        return httpx.Response(status, json=body, headers=headers)

    def _created(self, body: dict[str, Any]) -> httpx.Response:
        found = str(uuid4())
        made = {
            "schemaVersion": 3,
            "id": found,
            "ownerUserId": "user_1",
            "source": "user",
            "title": body["title"],
            "affirmations": body["affirmations"],
            "voiceId": "nova",
            "pace": "slow",
            "createdAt": NOW,
            "updatedAt": NOW,
        }
        self.sessions[found] = made
        return httpx.Response(201, json={**made, "_audioJobId": found})

    def _job(self, job_id: str) -> dict[str, Any]:
        self.looked[job_id] += 1
        ready = self.looked[job_id] >= self.looks_until_ready
        status = {"status": "completed" if ready else "processing", "progress": float(ready)}
        named = {"id": job_id, "type": "audio", "stage": "x", "sessionId": job_id}
        return {"job": {**named, **status, "createdAt": NOW}}


def _name(part: str) -> str:
    try:
        UUID(part)
    except ValueError:
        return part
    return "ID"


def _bundle(session_id: str) -> dict[str, Any]:
    return {
        "sessionId": session_id,
        "affirmationsMergedUrl": "http://m/t.m4a",
        "background": LAYER,
        "binaural": {**LAYER, "hz": 10},
        "mix": MIX,
        "effectiveAffirmationSpacingMs": 4000,
        "expiresAt": NOW,
    }


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()
