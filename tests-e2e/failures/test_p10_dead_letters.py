"""P10: dead letters are listed, read, replayed and discarded by ``ab operator dlq``, audited."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.contracts.envelope import wrap
from ab_shared.messaging import headers as header
from ab_shared.messaging.codec import encode
from failures.private_stack import PrivateStack
from performance.stack import say

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

SECRET = "I trust the quiet between two waves"
LETTERS = 300
KILLS = 3
WAIT_SECONDS = 60.0
AB = Path(sys.executable).parent / "ab"


class Operator:
    """``ab operator`` as a person runs it."""

    def __init__(self, stack: PrivateStack) -> None:
        self._command = [str(AB), "operator", "--stack", str(stack.state / "stack.json")]
        self._environment = os.environ | {"OPERATOR_NAME": "jo", "COLUMNS": "250"}

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts a command in a group of its own."""
        return subprocess.Popen(
            [*self._command, *arguments],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints; its exit code must be as expected."""
        process = self.begin(*arguments)
        printed, _ = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == code, printed
        return printed

    def letters(self, *arguments: str) -> list[dict[str, Any]]:
        """The dead letters as a program sees them."""
        listed = self.run("dlq", "list", "--json", "--limit", "100000", *arguments)
        found: list[dict[str, Any]] = json.loads(listed)
        return found

    def trail(self, *arguments: str) -> list[dict[str, Any]]:
        """The audit trail as a program sees it, newest first."""
        found: list[dict[str, Any]] = json.loads(self.run("audit", "--json", *arguments))
        return found

    def trail_of(self, subject: str, count: int) -> list[dict[str, Any]]:
        """What was done to one thing, once all of it has arrived."""
        deadline = time.monotonic() + WAIT_SECONDS
        while len(found := self.trail("--subject", subject)) < count:
            assert time.monotonic() < deadline, found
            time.sleep(0.2)
        return found


@pytest.fixture
def operator(private_stack: PrivateStack) -> Iterator[Operator]:
    for service in SERVICES:
        private_stack.empty(f"{service}.dead")
    yield Operator(private_stack)
    for service in SERVICES:
        private_stack.empty(f"{service}.dead")


async def lay(stack: PrivateStack, queue: str, letters: list[aio_pika.Message]) -> None:
    """Puts messages into a queue, as the administrator."""
    url = stack.description["infrastructure"]["rabbitmq"]["amqp_url"]
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for letter in letters:
            await channel.default_exchange.publish(letter, queue)


def dead(message_id: str, number: int, body: bytes, place: str) -> aio_pika.Message:
    """A letter as a service lays it aside."""
    facts = {
        header.DIED_AT: f"2026-01-01T00:00:{number // 1000:02}.{number % 1000:03}000Z",
        header.REASON: "exhausted" if number % 3 else "permanent",
        header.ERROR: "DependencyUnavailable",
        header.ATTEMPT: 6,
        header.STACK: f"{number % 2:016}",
        header.QUEUE: place,
    }
    return aio_pika.Message(body, headers={**facts}, message_id=message_id)


async def holds(stack: PrivateStack, process: subprocess.Popen[str]) -> bool:
    """Whether a listing holds letters now; False when it has ended before that was seen."""
    url = stack.description["infrastructure"]["rabbitmq"]["amqp_url"]
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        while process.poll() is None:
            queue = await channel.declare_queue("tts.dead", passive=True)
            if queue.declaration_result.message_count != LETTERS:
                return True
    return False


def test_p10_a_listing_that_is_killed_loses_and_reorders_nothing(
    private_stack: PrivateStack, operator: Operator
) -> None:
    names = [f"letter-{number:04}" for number in range(LETTERS)]
    lying = [dead(name, number, b"?", "tts.synthesize") for number, name in enumerate(names)]
    # The queue holds them in another order than they died in.
    shuffled = random.Random(1).sample(lying, LETTERS)
    asyncio.run(lay(private_stack, "tts.dead", shuffled))
    assert [letter["id"] for letter in operator.letters()] == names
    killed = 0
    for _ in range(KILLS):
        process = operator.begin("dlq", "list", "--json")
        killed += asyncio.run(holds(private_stack, process))
        process.kill()
        process.communicate()
        assert [letter["id"] for letter in operator.letters()] == names
    assert killed, "none was killed in its work: it proves nothing"
    some = operator.letters("--reason", "permanent")
    assert {letter["id"] for letter in some} == set(names[::3])
    assert operator.letters("--service", "tts", "--since", "2026-02-01") == []
    dry = operator.run("dlq", "discard", "--reason", "permanent", "--why", "x", "--dry-run")
    assert f"{len(some)} dead letters" in dry
    operator.run("dlq", "discard", "--reason", "permanent", "--why", "they are old", "--yes")
    left = [letter["id"] for letter in operator.letters()]
    assert left == [name for name in names if name not in names[::3]]
    entries = operator.trail_of(f"dead_letter:tts.dead/{names[0]}", 1)
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("jo", "dead_letter.discard")
    ]
    say(f"P10 {LETTERS} letters, {killed} listings killed: none lost, none moved")


def test_p10_a_replayed_message_keeps_its_id_and_has_one_effect(
    private_stack: PrivateStack, operator: Operator
) -> None:
    """The message's effect has happened already: auth knows its id, so a replay adds nothing."""
    message_id, subject = str(uuid4()), f"test:{uuid4().hex}"
    entry = AuditRecorded(
        actor="someone", actor_kind="service", action="test.happened", subject=subject
    )
    envelope = wrap(entry, producer="session", correlation_id="c", message_id=message_id)
    message = aio_pika.Message(encode(envelope), message_id=message_id)
    asyncio.run(lay(private_stack, "auth.events", [message]))
    assert [kept["id"] for kept in operator.trail_of(subject, 1)] == [message_id]
    asyncio.run(lay_dead(private_stack, message_id, encode(envelope)))
    (letter,) = operator.letters("--service", "auth")
    assert (letter["id"], letter["place"], letter["reason"]) == (
        message_id,
        "auth.events",
        "permanent",
    )
    operator.run("dlq", "replay", message_id, "--why", "mended", "--yes")
    assert operator.letters("--service", "auth") == []
    deed = operator.trail_of(f"dead_letter:auth.events/{message_id}", 1)[0]
    assert (deed["action"], deed["reason"], deed["after"]) == (
        "dead_letter.replay",
        "mended",
        {"queues": ["auth.events"]},
    )
    # Heard after the replayed one, on the same queue: by now that one has been handled too.
    assert len(operator.trail("--subject", subject)) == 1
    operator.run("dlq", "replay", message_id, "--yes", code=1)


def test_p10_private_words_are_shown_only_with_a_reason_that_is_audited(
    private_stack: PrivateStack, operator: Operator
) -> None:
    body = {
        "id": "m-private",
        "type": "tts.synthesize",
        "version": 1,
        "occurred_at": "2026-01-01T00:00:00Z",
        "correlation_id": "c",
        "producer": "session",
        "data": {"text": SECRET},
    }
    letter = dead("m-private", 1, json.dumps(body).encode(), "tts.synthesize")
    asyncio.run(lay(private_stack, "tts.dead", [letter]))
    said = [operator.run("dlq", "list"), operator.run("dlq", "show", "m-private")]
    said.append(operator.run("dlq", "list", "--json"))
    assert all("m-private" in text for text in said)
    assert not any(SECRET in text for text in said)
    operator.run("dlq", "show", "m-private", "--reveal", code=2)
    shown = operator.run("dlq", "show", "m-private", "--reveal", "--why", "a listener asked")
    assert SECRET in shown
    (entry,) = operator.trail_of("dead_letter:tts.dead/m-private", 1)
    assert (entry["action"], entry["reason"]) == ("dead_letter.reveal", "a listener asked")
    assert SECRET not in json.dumps(operator.trail())


async def lay_dead(stack: PrivateStack, message_id: str, body: bytes) -> None:
    """A dead letter that came from the queue of auth's events."""
    url = stack.description["infrastructure"]["rabbitmq"]["amqp_url"]
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange("ab.dead")
        await exchange.publish(dead(message_id, 0, body, "auth.events"), "auth.events")
