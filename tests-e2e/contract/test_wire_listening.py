"""Listening events and the shelf answer as the product page says, with and without /v1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from contract import shapes
from contract.shapes import Shape, each, of, one_of
from contract.test_wire import WAKE_UP, refused, shaped

pytestmark = pytest.mark.journey
SLOTS = ("next_step", "right_now_1", "right_now_2", "tonight", "your_best", "try_new")
TYPES = ("start", "complete", "abandon", "replay", "skip_affirmation", "mix_adjust")
PATH: Shape = {
    "pathId": shapes.text,
    "pathName": shapes.text,
    "chapterIndex": lambda value: shapes.whole(value) and value >= 1,
    "totalChapters": shapes.whole,
    "nextAction?": shapes.text,
}
CARD: Shape = {
    "slot": one_of(*SLOTS),
    "sessionId": shapes.uuid,
    "title": shapes.text,
    "duration": lambda value: shapes.whole(value) and value > 0,
    "voiceId": shapes.text,
    "brainLayerType": one_of("binaural", "solfeggio"),
    "brainLayerPreset": one_of("alpha", "beta", "delta"),
    "backgroundId": shapes.text,
    "whyText?": shapes.text,
    "pathInfo?": of(PATH),
}
RECORDED: Shape = {
    "accepted": shapes.whole,
    "duplicates": shapes.whole,
    "rejected": shapes.whole,
    # Beyond the product page: which, and why.
    "rejections?": each(
        of({"clientEventId?": shapes.text, "index?": shapes.whole, "reason": shapes.text}), 1
    ),
}


def event(**changes: Any) -> dict[str, Any]:
    """What an app recorded a minute ago, with a field that nobody knows."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    return {
        "clientEventId": str(uuid4()),
        "sessionId": WAKE_UP,
        "eventType": "complete",
        "occurredAt": at.isoformat(),
        "aFieldOfTomorrow": None,
        **changes,
    }


async def test_every_type_of_event(somebody: httpx.AsyncClient, prefix: str) -> None:
    for kind in TYPES:
        body = {"eventType": kind, "metadata": {"listenedMs": 95_000, "anything": ["else"]}}
        answer = await somebody.post(f"{prefix}/sessions/{WAKE_UP}/events", json=body)
        assert shaped(answer, {"success": shapes.exactly(wanted=True)})
    bad = await somebody.post(f"{prefix}/sessions/{WAKE_UP}/events", json={"eventType": "dance"})
    refused(bad, 400, "VALIDATION_ERROR")
    nowhere = f"{prefix}/sessions/{uuid4()}/events"
    refused(await somebody.post(nowhere, json={"eventType": "start"}), 404, "NOT_FOUND")


async def test_what_was_recorded_offline(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    body = {"events": [event(), event(eventType="start"), event(sessionId=str(uuid4()))]}
    first = shaped(await somebody.post(f"{prefix}/events", json=body), RECORDED)
    assert [first[name] for name in ("accepted", "duplicates", "rejected")] == [2, 0, 1]
    again = shaped(await somebody.post(f"{prefix}/events", json=body), RECORDED)
    assert [again[name] for name in ("accepted", "duplicates", "rejected")] == [0, 2, 1]
    refused(await nobody.post(f"{prefix}/events", json=body), 401, "UNAUTHORIZED")


async def test_the_shelf(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str
) -> None:
    for offset in (-10, -4, 0, 5, 9):
        nights = [is_night(offset)]
        # The sign of these names is that of POSIX: the other way round.
        zone = {"X-Timezone": f"Etc/GMT{-offset:+d}"}
        answer = await somebody.get(f"{prefix}/me/curation", headers=zone)
        nights.append(is_night(offset))
        cards = shaped(answer, {"cards": each(of(CARD), 5)})["cards"]
        slots = [card["slot"] for card in cards]
        assert slots == [slot for slot in SLOTS if slot in slots]
        # They differ when an evening or a morning begins meanwhile.
        assert ("tonight" in slots) in nights
        assert len({card["sessionId"] for card in cards}) == len(cards)
    refused(await nobody.get(f"{prefix}/me/curation"), 401, "UNAUTHORIZED")


def is_night(offset: int) -> bool:
    """Whether it is evening or night now, so many hours east of Greenwich."""
    hour = (datetime.now(UTC) + timedelta(hours=offset)).hour
    return hour >= 18 or hour < 6
