from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.for_you import table_of
from ab_client.listening import Listening
from ab_client.main import app
from ab_shared.contracts.http_listening import RecordedBatchIn, RecordedIn
from rich.console import Console
from typer.testing import CliRunner

CARD = {
    "slot": "next_step",
    "sessionId": "1c261e4b-7009-482a-928e-5b1b46700c99",
    "title": "Wake [up]",
    "duration": 300,
    "voiceId": "alloy",
    "brainLayerType": "binaural",
    "brainLayerPreset": "beta",
    "backgroundId": "Birds Chirping",
    "whyText": "You have finished this twice",
}


def answering(body: dict[str, Any], asked: list[httpx.Request]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=body)

    return httpx.MockTransport(answer)


async def test_the_shelf_is_read_in_a_zone_and_shown() -> None:
    asked: list[httpx.Request] = []
    async with ApiClient("http://x", transport=answering({"cards": [CARD]}, asked)) as client:
        cards = await Listening(client).for_you("Asia/Tokyo")
    assert asked[0].headers["x-timezone"] == "Asia/Tokyo"
    console = Console(record=True, width=140)
    console.print(table_of(cards))
    said = console.export_text()
    for text in ("next_step", "Wake [up]", "5", "beta binaural", "You have finished this twice"):
        assert text in said


async def test_a_batch_is_told_as_the_wire_has_it() -> None:
    asked: list[httpx.Request] = []
    told = {"accepted": 1, "duplicates": 0, "rejected": 0}
    event = RecordedIn(
        client_event_id="1",
        session_id=CARD["sessionId"],
        event_type="start",
        occurred_at="2026-01-04T22:31:07Z",
    )
    async with ApiClient("http://x", transport=answering(told, asked)) as client:
        result = await Listening(client).tell_later(RecordedBatchIn(events=[event]))
    assert result.accepted == 1
    assert json.loads(asked[0].content) == {
        "events": [
            {
                "clientEventId": "1",
                "sessionId": CARD["sessionId"],
                "eventType": "start",
                "occurredAt": "2026-01-04T22:31:07Z",
            }
        ]
    }


def test_without_a_token_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AB_TOKEN", raising=False)
    result = CliRunner().invoke(app, ["me", "for-you", "--url", "http://127.0.0.1:1"])
    assert (result.exit_code, "AB_TOKEN" in result.output) == (2, True)


def test_a_gateway_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AB_TOKEN", "token")
    result = CliRunner().invoke(app, ["me", "for-you", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "No shelf" in result.output
