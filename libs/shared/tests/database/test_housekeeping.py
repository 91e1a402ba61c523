"""Old marks of the inbox go, young ones stay."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ab_shared.database.housekeeping import forget_old_marks
from sqlalchemy import text

KEEP = """
    INSERT INTO inbox (consumer, message_id, seen_at)
    VALUES ('c', :id, now() - :age * '1 day'::interval)
"""


@pytest.mark.real
async def test_only_marks_past_any_redelivery_go(database: Any) -> None:
    engine = (await database("tts")).engine
    async with engine.begin() as connection:
        for name, age in (("old", 15), ("young", 13)):
            await connection.execute(text(KEEP), {"id": name, "age": age})
    task = asyncio.create_task(forget_old_marks(engine, every_seconds=0.01))
    left = {"old", "young"}
    async with asyncio.timeout(10):
        while "old" in left:
            async with engine.connect() as connection:
                rows = await connection.execute(text("SELECT message_id FROM inbox"))
                left = set(rows.scalars())
    task.cancel()
    assert left == {"young"}


async def test_a_failure_nobody_foresaw_only_skips_a_turn() -> None:
    class Broken:
        turns = 0
        again = asyncio.Event()

        def connect(self) -> None:
            self.turns += 1
            if self.turns > 1:
                self.again.set()
            raise LookupError("no such thing")

    engine: Any = Broken()
    task = asyncio.create_task(forget_old_marks(engine, every_seconds=0))
    async with asyncio.timeout(10):
        await engine.again.wait()
    assert not task.done()
    task.cancel()
