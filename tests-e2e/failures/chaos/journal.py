"""A journal beside each service's tables, kept by triggers: what was committed, and how often.

A table tells how things stand; whether something was done twice, or was committed to the outbox
and then lost, only its history can tell. The journal is written in the transaction of the change
itself, so it holds exactly what was committed, and services know nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg

PREPARE = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.journal (
    id bigserial PRIMARY KEY, source text NOT NULL, op text NOT NULL, before jsonb, after jsonb
);
CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO chaos.journal (source, op, before, after) VALUES (
        TG_TABLE_NAME, TG_OP, CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW)
    );
    RETURN NULL;
END $$;
"""
WATCH = """
CREATE TRIGGER chaos_note AFTER {events} ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION chaos.note();
"""
OUTBOX = ("outbox", "INSERT", "")
# Claims are renewed every second; only what was spoken counts.
SPOKEN = "WHEN (NEW.speech_key IS NOT NULL)"
WATCHED: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "auth": (OUTBOX,),
    "session": (OUTBOX, ("jobs", "INSERT", "")),
    "tts": (OUTBOX, ("reads", "INSERT OR UPDATE", SPOKEN)),
    "stitching": (OUTBOX, ("tracks", "INSERT OR UPDATE", "")),
    "entitlement": (OUTBOX, ("reservations", "INSERT OR UPDATE", "")),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it was committed, and as it was before where it was changed."""

    source: str
    before: dict[str, Any] | None
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message whose transaction committed."""

    id: str
    type: str
    data: dict[str, Any]


async def keep_journal(url: str, database: str) -> None:
    """Begins the journal of a database, as its administrator."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(PREPARE)
        for table, events, when in WATCHED.get(database, ()):
            await connection.execute(WATCH.format(table=table, events=events, when=when))
    finally:
        await connection.close()


async def read_journal(connection: asyncpg.Connection[asyncpg.Record]) -> list[Entry]:
    """Everything committed since the journal began, in order."""
    rows = await connection.fetch("SELECT source, before, after FROM chaos.journal ORDER BY id")
    return [
        Entry(row["source"], json.loads(row["before"] or "null"), json.loads(row["after"]))
        for row in rows
    ]


def sent(entries: list[Entry]) -> list[Sent]:
    """The messages among what was committed."""
    envelopes = [json.loads(e.after["envelope"]) for e in entries if e.source == "outbox"]
    return [Sent(e["id"], f"{e['type']}.v{e['version']}", e["data"]) for e in envelopes]
