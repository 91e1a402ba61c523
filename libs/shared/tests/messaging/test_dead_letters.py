"""Dead letters: what is known of them, and that looking at them costs none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import aio_pika
import pytest
from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.contracts.commands import PublishStem
from ab_shared.contracts.envelope import Envelope
from ab_shared.contracts.events import StemFailed
from ab_shared.errors import AudioRejected, Conflict, InvalidMessage, NotFound
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import encode
from ab_shared.messaging.dead_letter import read_letter
from ab_shared.messaging.dead_letters import opened_shelf
from ab_shared.messaging.ports import Subscriptions, Unsendable
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.context import current
from hypothesis import given
from hypothesis import strategies as st

STEM = PublishStem(stem_id="delta_2hz_120")
FAILED = StemFailed(stem_id="delta_2hz_120", code="ASSET_ERROR", message="no")
QUEUE = "stitching.publish_stem"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
KNOWN = st.sampled_from(["x-died-at", "x-attempt", "x-replays", "x-reason", "x-death", "other"])


@given(body=st.binary(max_size=60), headers=st.dictionaries(KNOWN, JSON, max_size=6))
def test_any_letter_can_be_read_whatever_is_in_it(body: bytes, headers: dict[str, Any]) -> None:
    letter = read_letter("tts", "tts.synthesize", body, headers)
    assert letter.id
    assert letter.facts()["place"] == "tts.synthesize"
    assert letter.age_key == read_letter("tts", "tts.synthesize", body, headers).age_key


def test_what_the_broker_put_aside_says_why_and_when() -> None:
    died = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    headers = {"x-death": [{"reason": "delivery_limit", "time": died, "count": 1}]}
    letter = read_letter("tts", "tts.synthesize", b"{}", headers, "m1")
    assert (letter.id, letter.reason, letter.died_at) == ("m1", "delivery_limit", died)


def test_what_never_left_goes_to_those_who_hear_it(enveloped: Callable[..., Envelope]) -> None:
    body = encode(enveloped(FAILED))
    assert read_letter("stitching", "stitching.outbox", body, {}).destinations == (
        "session.events",
    )
    assert read_letter("stitching", "stitching.outbox", b"{", {}).destinations == ()


async def test_what_an_outbox_gives_up_is_a_dead_letter_of_its_service(
    world: Any, enveloped: Callable[..., Envelope]
) -> None:
    bus = await world.bus("session")
    envelope = enveloped(STEM)
    lost = Unsendable(encode(envelope), header.capture(), InvalidMessage("no"), 20)
    await bus.set_aside(lost)
    dead = await world.dead_letter("session")
    letter = read_letter("session", dead.queue, dead.body, dead.headers)
    assert (letter.id, letter.place, letter.reason) == (envelope.id, "session.outbox", "unsendable")
    assert (letter.error, letter.attempt) == ("InvalidMessage", 20)
    assert letter.destinations == (QUEUE,)


@pytest.mark.real
class TestShelf:
    """With exactly the rights the operator has in production."""

    async def fill(self, rabbit: Any, count: int) -> list[str]:
        """Letters that died in the order of their names but lie in another."""
        names = [f"m{number:03}" for number in range(count)]
        async with await aio_pika.connect(rabbit.admin_url) as connection:
            channel = await connection.channel()
            for name in sorted(names, key=lambda name: name[::-1]):
                died = {header.DIED_AT: f"2026-01-01T00:00:00.{name[1:]}000Z"}
                letter = aio_pika.Message(b"?", headers={**died}, message_id=name)
                await channel.default_exchange.publish(letter, "tts.dead")
        return names

    async def seen(self, rabbit: Any) -> list[str]:
        async with opened_shelf(rabbit.url(OPERATOR), "tts") as shelf:
            return [letter.id for letter in shelf.letters]

    async def test_looking_again_and_again_loses_and_reorders_nothing(self, rabbit: Any) -> None:
        names = await self.fill(rabbit, 60)
        # More looks than RabbitMQ 4 allows a queue that says nothing about it.
        for _ in range(25):
            assert await self.seen(rabbit) == names

    async def test_only_what_was_acted_on_is_gone(self, rabbit: Any) -> None:
        names = await self.fill(rabbit, 20)
        async with opened_shelf(rabbit.url(OPERATOR), "tts") as shelf:
            for letter in shelf.letters[::2]:
                await shelf.discard(letter)
        assert await self.seen(rabbit) == names[1::2]

    async def test_a_second_person_is_told_and_the_first_ones_end_frees_the_shelf(
        self, rabbit: Any
    ) -> None:
        names = await self.fill(rabbit, 3)
        async with opened_shelf(rabbit.url(OPERATOR), "tts"):
            with pytest.raises(Conflict, match="Somebody else"):
                await self.seen(rabbit)
        assert await self.seen(rabbit) == names

    async def test_replayed_it_comes_back_as_a_first_attempt_of_the_same_message(
        self,
        rabbit: Any,
        hearing: Callable[..., Subscriptions],
        enveloped: Callable[..., Envelope],
    ) -> None:
        heard: asyncio.Queue[tuple[str | None, int, str]] = asyncio.Queue()
        broken = True

        async def hear(_message: PublishStem) -> None:
            context = current()
            heard.put_nowait((context.message_id, context.attempt, context.correlation_id))
            if broken:
                raise AudioRejected("no")

        hearer: RabbitBus = await rabbit.bus("stitching")
        await hearer.serve(hearing("stitching", {PublishStem: hear}))
        envelope = enveloped(STEM, correlation_id="corr")
        await (await rabbit.bus("session")).publish(envelope)
        async with asyncio.timeout(10):
            assert await heard.get() == (envelope.id, 1, "corr")
        for replays in range(2):
            letter = await self.letter(rabbit)
            assert (letter.id, letter.reason, letter.place) == (envelope.id, "permanent", QUEUE)
            assert (letter.error, letter.replays) == ("AudioRejected", replays)
            broken = replays == 0
            async with opened_shelf(rabbit.url(OPERATOR), "stitching") as shelf:
                await shelf.replay(shelf.letters[0])
            async with asyncio.timeout(10):
                assert await heard.get() == (envelope.id, 1, "corr")
        async with opened_shelf(rabbit.url(OPERATOR), "stitching") as shelf:
            assert shelf.letters == []

    async def letter(self, rabbit: Any) -> Any:
        async with asyncio.timeout(10):
            while True:
                async with opened_shelf(rabbit.url(OPERATOR), "stitching") as shelf:
                    if shelf.letters:
                        return shelf.letters[0]

    async def test_what_nobody_keeps_stays_on_the_shelf(self, rabbit: Any) -> None:
        async with await aio_pika.connect(rabbit.admin_url) as connection:
            dead = await (await connection.channel()).get_exchange("ab.dead")
            await dead.publish(aio_pika.Message(b"?"), "tts.outbox")
        for _ in range(2):
            async with opened_shelf(rabbit.url(OPERATOR), "tts") as shelf:
                (letter,) = shelf.letters
                with pytest.raises(NotFound):
                    await shelf.replay(letter)
