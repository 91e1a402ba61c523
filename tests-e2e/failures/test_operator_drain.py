"""An operator keeps two processes from their queue: they finish, answer on, and go on later."""

from __future__ import annotations

import asyncio

import pytest
from ab_operator.main import app
from ab_shared.contracts import rpc
from ab_shared.messaging.rabbit import RabbitBus
from failures.listener import listening, new_line
from failures.troupe import WORKERS, Troupe, eventually
from typer.testing import CliRunner

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]

LINES = 12
# Of a long session some lines are not urgent.
QUEUES = ("tts.synthesize", "tts.synthesize_later")
UNFINISHED = "SELECT count(*) AS n FROM reads WHERE speech_key IS NULL"
FINISHED = "SELECT count(*) AS n FROM reads WHERE speech_key IS NOT NULL"


async def count(troupe: Troupe, query: str) -> int:
    return int((await troupe.rows("tts", query))[0]["n"])


def drain(troupe: Troupe, *arguments: str) -> tuple[int, str]:
    """The exit code and all that it prints; in this process, for it has to be quick."""
    environment = {"OPERATOR_RABBITMQ_URL": troupe.rabbitmq_url, "OPERATOR_NAME": "jo"}
    done = CliRunner().invoke(app, ["drain", *arguments], env=environment)
    return done.exit_code, done.output


async def voices(troupe: Troupe) -> int:
    """How many voices tts knows, as session asks it."""
    bus = RabbitBus(troupe.rabbitmq_url, "session")
    await bus.start()
    try:
        return len((await bus.call(rpc.ListVoices())).voices)
    finally:
        await bus.close()


async def test_two_processes_empty_answer_and_go_on(troupe: Troupe) -> None:
    troupe.only(*WORKERS, "tts-2")
    async with listening(troupe) as listener:
        before = await count(troupe, FINISHED)
        long = [" and ".join(new_line() for _ in range(4)) for _ in range(LINES)]
        created = await listener.create(long)

        async def speaking() -> bool:
            return await count(troupe, UNFINISHED) > 0

        await eventually(speaking, pause=0.005)
        code, said = await asyncio.to_thread(drain, troupe, "tts", "--reason", "a vendor is away")
        assert code == 0, said
        assert said.count(": empty") == 2, said
        # What was begun is spoken, nobody holds a claim, the rest waits where it is safe.
        assert await count(troupe, UNFINISHED) == 0
        spoken = await count(troupe, FINISHED) - before
        assert spoken < 2 * LINES

        async def waiting() -> bool:
            depths = await troupe.depths()
            left = sum(depths[queue] for queue in QUEUES)
            return left == 2 * LINES - spoken

        await eventually(waiting)
        assert [troupe.actor(name).metric("ab_drained") for name in ("tts", "tts-2")] == [1, 1]
        # Voices come from tts, and from a drained one as from any.
        assert await voices(troupe)
        assert await count(troupe, FINISHED) - before == spoken

        code, said = await asyncio.to_thread(drain, troupe, "tts", "--resume")
        assert code == 0, said
        assert said.count(": takes work again") == 2, said
        assert (await listener.ended(created.job.id)).status == "completed"
        assert await count(troupe, FINISHED) - before == 2 * LINES
        await troupe.quiet()
        assert await troupe.dead() == 0


async def test_whom_nobody_has_is_said(troupe: Troupe) -> None:
    troupe.only(*WORKERS)
    code, said = await asyncio.to_thread(drain, troupe, "tts", "--instance", "nobody-has-this")
    assert code == 3
    assert "Nobody answered whose name begins with 'nobody-has-this'" in said
    assert troupe.actor("tts").metric("ab_drained") == 0
