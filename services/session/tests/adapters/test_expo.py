"""Expo's client against a made-up Expo over HTTP: every answer it can give has a name."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
from ab_session.adapters.expo import ExpoPushes
from ab_session.domain.notices import ENGLISH, NoticeKind
from ab_session.notice_ports import Push, Word
from ab_shared.errors import DependencyUnavailable, ValidationFailed
from pydantic import SecretStr
from simulators.expo_app import Expo
from simulators.running import serving

A, B = (f"ExponentPushToken[{letter * 22}]" for letter in "ab")


def push(token: str = A) -> Push:
    return Push(token, ENGLISH[NoticeKind.TRACK_READY], {"jobId": "1"})


class Time:
    """Seconds that a test lets go by."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def expo() -> Expo:
    return Expo("a-key")


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def pushes(expo: Expo, time: Time) -> AsyncIterator[ExpoPushes]:
    with serving(expo.app()) as url:
        async with httpx.AsyncClient(trust_env=False) as client:
            key = SecretStr("a-key")
            yield ExpoPushes(client, url + "/", key, monotonic=time, whole_seconds=4.0)


async def test_a_ticket_each_and_then_a_receipt(expo: Expo, pushes: ExpoPushes) -> None:
    answers = await pushes.send([push(A), push(B)])
    assert [answer.word for answer in answers] == [Word.OK, Word.OK]
    assert [message["to"] for message in expo.delivered] == [A, B]
    assert expo.delivered[0]["title"] == "Your track is ready"
    tickets = [answer.ticket or "" for answer in answers]
    found = await pushes.receipts([*tickets, "unknown"])
    assert {ticket: one.word for ticket, one in found.items()} == dict.fromkeys(tickets, Word.OK)


async def test_each_message_has_its_own_word(expo: Expo, pushes: ExpoPushes) -> None:
    expo.gone = [A]
    expo.errors = {B: "MessageRateExceeded"}
    odd, long = (f"ExpoPushToken[{letter * 22}]" for letter in "cd")
    expo.errors |= {odd: "{not a code}", long: "MessageTooBig"}
    answers = await pushes.send([push(A), push(B), push(odd), push(long)])
    assert [answer.word for answer in answers] == [Word.GONE, Word.BUSY, Word.REFUSED, Word.REFUSED]
    # What a vendor says is kept as a code only: its sentences repeat tokens.
    assert [answer.error for answer in answers][2:] == ["refused", "MessageTooBig"]


async def test_a_batch_that_is_refused_whole_is_not_an_outage(
    expo: Expo, pushes: ExpoPushes
) -> None:
    expo.projects = {A: "@a/one", B: "@b/two"}
    for _ in range(5):
        with pytest.raises(ValidationFailed, match="http_400"):
            await pushes.send([push(A), push(B)])
    assert [answer.word for answer in await pushes.send([push(A)])] == [Word.OK]


@pytest.mark.parametrize("kind", ["status", "busy", "hang", "cut", "torn", "empty", "html"])
async def test_trouble_is_told_as_an_outage_and_passes(
    expo: Expo, pushes: ExpoPushes, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    expo.vendor.faults.add(kind, "send")
    with pytest.raises(DependencyUnavailable):
        await pushes.send([push()])
    assert [answer.word for answer in await pushes.send([push()])] == [Word.OK]
    assert A not in caplog.text


async def test_an_answer_beyond_measure_is_not_read_to_its_end(
    expo: Expo, pushes: ExpoPushes
) -> None:
    expo.vendor.faults.add("huge", "send")
    with pytest.raises(DependencyUnavailable):
        await pushes.send([push()])


async def test_it_is_left_alone_after_failures_for_as_long_as_it_asks(
    expo: Expo, pushes: ExpoPushes, time: Time
) -> None:
    expo.vendor.faults.add("busy", "send", times=3, retry_after="30")
    for _ in range(5):
        with pytest.raises(DependencyUnavailable):
            await pushes.send([push()])
    assert len(expo.vendor.calls) == 3
    time.now = 29.9
    with pytest.raises(DependencyUnavailable):
        await pushes.send([push()])
    time.now = 30.1
    assert len(await pushes.send([push()])) == 1
    assert len(expo.vendor.calls) == 4


async def test_a_wrong_key_is_an_outage(expo: Expo, pushes: ExpoPushes) -> None:
    expo.vendor.api_key = "another"
    with pytest.raises(DependencyUnavailable):
        await pushes.send([push()])
    assert expo.vendor.calls == []
