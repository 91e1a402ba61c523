"""The journal holds what was committed, as often as it was, and nothing else."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from failures.chaos.doubles import double_effects
from failures.chaos.evidence import Evidence
from failures.chaos.journal import keep_journal, read_journal, sent

TABLES = """
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, envelope text NOT NULL);
CREATE TABLE reads (speech_address text PRIMARY KEY, speech_key text);
"""
KEEP = """
INSERT INTO reads VALUES ($1, 'key')
ON CONFLICT (speech_address) DO UPDATE SET speech_key = excluded.speech_key
"""


@pytest.fixture
async def url(stack: dict[str, Any]) -> AsyncIterator[str]:
    """A database of this test's own, made like that of tts."""
    admin = stack["infrastructure"]["postgres"]["admin_url"]
    name = f"chaos_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(admin)
    await connection.execute(f"CREATE DATABASE {name}")
    mine = f"{admin.rsplit('/', 1)[0]}/{name}"
    inside = await asyncpg.connect(mine)
    await inside.execute(TABLES)
    await inside.close()
    yield mine
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_only_what_was_committed_and_every_time(url: str) -> None:
    await keep_journal(url, "tts")
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO reads VALUES ('a', NULL), ('b', NULL)")
    await connection.execute(KEEP, "a")
    await connection.execute(KEEP, "b")
    envelope = {"id": "m1", "type": "tts.read_ready", "version": 1, "data": {"x": 1}}
    insert = "INSERT INTO outbox (envelope) VALUES ($1)"
    await connection.execute(insert, json.dumps(envelope))
    await connection.execute("DELETE FROM outbox")
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(insert, json.dumps(envelope | {"id": "m2"}))
    await connection.execute(KEEP, "b")
    await transaction.rollback()
    journal = await read_journal(connection)
    assert [entry.after["speech_address"] for entry in journal if entry.source == "reads"] == [
        *("a", "b")
    ]
    assert [(message.id, message.type) for message in sent(journal)] == [
        ("m1", "tts.read_ready.v1")
    ]
    assert double_effects(Evidence(journals={"tts": journal})) == []

    await connection.execute(KEEP, "a")
    again = Evidence(journals={"tts": await read_journal(connection)})
    assert double_effects(again) == ["reads a was kept 2 times"]
    await connection.close()
