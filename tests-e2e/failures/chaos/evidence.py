"""Everything a verdict needs, collected from outside when the stack has come to rest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import boto3
from botocore.config import Config
from failures.chaos.journal import Entry, read_journal
from failures.chaos.listeners import Outcome
from failures.chaos.spy import Broker
from failures.chaos.stack import ChaosStack

Rows = list[dict[str, Any]]
# What a row that names an object says of it; None where it says nothing.
QUERIES: Mapping[str, Mapping[str, str]] = {
    "session": {
        "jobs": "SELECT id::text, session_id::text, owner_user_id, attempt, stage, error,"
        " holds_generation, track_address, revivals FROM jobs",
        "job_reads": "SELECT job_id::text, position FROM job_reads",
        "sessions": "SELECT id::text, owner_user_id, track_address FROM sessions",
        "spoken": "SELECT speech_address FROM spoken_reads",
        "prepared": "SELECT prepared_address FROM prepared_reads",
        "tracks": "SELECT track_address, asset FROM tracks",
        "stems": "SELECT stem_id, asset FROM stems WHERE asset IS NOT NULL",
    },
    "tts": {"reads": "SELECT speech_address, speech_key FROM reads WHERE speech_key IS NOT NULL"},
    "stitching": {
        "prepared": "SELECT prepared_address FROM prepared_reads",
        "tracks": "SELECT track_address, announcement FROM tracks",
        "stems": "SELECT stem_id, announcement FROM stems",
    },
    "entitlement": {
        "reservations": "SELECT id::text, user_id, state FROM reservations",
        "ledger": "SELECT reservation_id::text, amount FROM ledger_entries"
        " WHERE reservation_id IS NOT NULL",
    },
}
HAS_LEDGER = "SELECT to_regclass('ledger_entries') IS NOT NULL"
UNSENT = "SELECT count(*) FROM outbox"
SPEECH, READS, MEDIA = "ab-speech", "ab-reads", "ab-media"


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it lies in a bucket."""

    size: int
    sha256: str


@dataclass(slots=True)
class Evidence:
    """A run, seen from outside; ``spent`` is what each user id has used of its generations."""

    outcomes: list[Outcome] = field(default_factory=list)
    spent: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Rows] = field(default_factory=dict)
    journals: dict[str, list[Entry]] = field(default_factory=dict)
    unsent: int = 0
    heard: set[str] = field(default_factory=set)
    waiting: dict[str, int] = field(default_factory=dict)
    objects: dict[str, dict[str, Stored]] = field(default_factory=dict)

    def of(self, name: str) -> Rows:
        """The rows of a query, ``service.name``."""
        return self.rows.get(name, [])


async def collect(stack: ChaosStack, outcomes: list[Outcome], spent: dict[str, int]) -> Evidence:
    """Reads databases, broker and object store past the proxies."""
    evidence = Evidence(outcomes=outcomes, spent=spent)
    for database in stack.databases:
        await _read_database(evidence, stack.database_url(database), database)
    broker = Broker(stack.running.description)
    evidence.waiting = broker.waiting()
    evidence.heard = broker.heard()
    evidence.objects = stored(stack.running.description)
    return evidence


async def _read_database(evidence: Evidence, url: str, database: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        evidence.journals[database] = await read_journal(connection)
        evidence.unsent += await connection.fetchval(UNSENT)
        for name, query in QUERIES.get(database, {}).items():
            if name == "ledger" and not await connection.fetchval(HAS_LEDGER):
                continue
            found = await connection.fetch(query)
            evidence.rows[f"{database}.{name}"] = [_plain(row) for row in found]
    finally:
        await connection.close()


def _plain(row: asyncpg.Record) -> dict[str, Any]:
    documents = ("asset", "announcement")
    return {key: json.loads(value) if key in documents else value for key, value in row.items()}


def stored(description: dict[str, Any]) -> dict[str, dict[str, Stored]]:
    """Every object of every bucket, read to its end."""
    told = description["infrastructure"]["s3"]
    client = boto3.client(
        "s3",
        endpoint_url=told["endpoint_url"],
        region_name=told["region"],
        aws_access_key_id=told["access_key_id"],
        aws_secret_access_key=told["secret_access_key"],
        config=Config(connect_timeout=5, read_timeout=30, proxies={}),
    )
    found: dict[str, dict[str, Stored]] = {}
    for bucket in told["buckets"]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        found[bucket] = {key: _read(client, bucket, key) for key in keys}
    return found


def _read(client: Any, bucket: str, key: str) -> Stored:
    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return Stored(len(body), hashlib.sha256(body).hexdigest())
