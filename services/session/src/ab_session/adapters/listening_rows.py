"""What listeners did, and where they are, in Postgres."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.listening_tables import LISTENER_ZONES, LISTENING_EVENTS
from ab_session.domain.listening.clocks import DEFAULT_ZONE
from ab_session.domain.listening.events import Listened
from ab_session.domain.listening.tallies import EARLY_MS, Tally

# A lock of its own kind: the first number tells it from other locks on users.
HOLD = text("SELECT pg_advisory_xact_lock(70617266, hashtext(:user_id))")
PLAYABLE = text("""
    SELECT id FROM sessions WHERE id = ANY(CAST(:ids AS uuid[]))
        AND (owner_user_id IS NULL OR owner_user_id = :user_id)
""")
ADD = text("""
    INSERT INTO listening_events (user_id, client_event_id, session_id, event_type,
        occurred_at, received_at, local_hour, metadata)
    SELECT :user_id, e.id, e.session_id, e.type, e.occurred_at, :received_at, e.hour,
        e.details::jsonb
    FROM unnest(CAST(:ids AS text[]), CAST(:sessions AS uuid[]), CAST(:types AS text[]),
        CAST(:instants AS timestamptz[]), CAST(:hours AS smallint[]), CAST(:details AS text[]))
        AS e(id, session_id, type, occurred_at, hour, details)
    ON CONFLICT DO NOTHING
""")
# Whole days anew, from what is there: so events may come in any order, and any number of times.
COUNT = text("""
    INSERT INTO listening_tallies (user_id, session_id, day, hour, starts, completes, abandons,
        early_abandons, replays, skips, mix_changes)
    SELECT :user_id, e.session_id, d.day, e.local_hour,
        count(*) FILTER (WHERE e.event_type = 'start'),
        count(*) FILTER (WHERE e.event_type = 'complete'),
        count(*) FILTER (WHERE e.event_type = 'abandon'),
        count(*) FILTER (WHERE e.event_type = 'abandon' AND CASE
            WHEN e.metadata ? 'listenedMs' THEN (e.metadata ->> 'listenedMs')::bigint < :early
            ELSE EXISTS (
                SELECT FROM listening_events AS s
                WHERE s.user_id = :user_id AND s.session_id = e.session_id
                    AND s.event_type = 'start' AND s.occurred_at <= e.occurred_at
                    AND s.occurred_at > e.occurred_at - :early * interval '1 millisecond'
            ) END),
        count(*) FILTER (WHERE e.event_type = 'replay'),
        count(*) FILTER (WHERE e.event_type = 'skip_affirmation'),
        count(*) FILTER (WHERE e.event_type = 'mix_adjust')
    FROM unnest(CAST(:sessions AS uuid[]), CAST(:days AS date[])) AS d(session_id, day)
    JOIN listening_events AS e ON e.user_id = :user_id AND e.session_id = d.session_id
        AND e.occurred_at >= d.day::timestamp AT TIME ZONE 'UTC'
        AND e.occurred_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY e.session_id, d.day, e.local_hour
    ON CONFLICT (user_id, session_id, day, hour) DO UPDATE SET
        starts = excluded.starts, completes = excluded.completes, abandons = excluded.abandons,
        early_abandons = excluded.early_abandons, replays = excluded.replays,
        skips = excluded.skips, mix_changes = excluded.mix_changes
""")
TALLIES = text("""
    SELECT session_id, hour, sum(starts)::int AS starts, sum(completes)::int AS completes,
        sum(abandons)::int AS abandons, sum(early_abandons)::int AS early_abandons,
        sum(replays)::int AS replays, sum(skips)::int AS skips,
        sum(mix_changes)::int AS mix_changes,
        coalesce(sum(completes) FILTER (WHERE day >= :since), 0)::int AS recent,
        max(day) FILTER (WHERE starts > 0) AS last_start
    FROM listening_tallies WHERE user_id = :user_id
    GROUP BY session_id, hour ORDER BY session_id, hour
""")
# By where they lie: a join by key would read the whole table for each of these.
FORGET = text("""
    DELETE FROM listening_events WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM listening_events
        WHERE occurred_at < :before ORDER BY occurred_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ))
""")
KEEP_ZONE = text("""
    INSERT INTO listener_zones AS z (user_id, zone, version) VALUES (:user_id, :zone, :version)
    ON CONFLICT (user_id) DO UPDATE SET zone = excluded.zone, version = excluded.version
    WHERE z.version < excluded.version
""")
EVENT = LISTENING_EVENTS.c


class ZoneRows:
    """Implements ``Zones``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def zone_of(self, user_id: str) -> str:
        """By the primary key."""
        query = select(LISTENER_ZONES.c.zone).where(LISTENER_ZONES.c.user_id == user_id)
        return (await self._connection.execute(query)).scalar_one_or_none() or DEFAULT_ZONE

    async def keep_zone(self, user_id: str, zone: str, version: int) -> bool:
        """One statement, so that late news never comes in between."""
        values = {"user_id": user_id, "zone": zone, "version": version}
        return (await self._connection.execute(KEEP_ZONE, values)).rowcount == 1


class ListeningRows:
    """Implements ``Listening``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold(self, user_id: str) -> None:
        """A lock on the name: there may be no row yet."""
        await self._connection.execute(HOLD, {"user_id": user_id})

    async def known(self, user_id: str, event_ids: Collection[str]) -> frozenset[str]:
        """By the primary key."""
        query = select(EVENT.client_event_id).where(
            EVENT.user_id == user_id, EVENT.client_event_id.in_(event_ids)
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def playable(self, user_id: str, session_ids: Collection[UUID]) -> frozenset[UUID]:
        """By the primary key."""
        wanted = {"user_id": user_id, "ids": list(session_ids)}
        return frozenset((await self._connection.execute(PLAYABLE, wanted)).scalars())

    async def add(self, events: Sequence[Listened]) -> None:
        """Two statements, however many they are."""
        if not events:
            return
        first = events[0]
        columns = {
            "user_id": first.user_id,
            "received_at": first.received_at,
            "ids": [event.client_event_id for event in events],
            "sessions": [event.session_id for event in events],
            "types": [event.event_type for event in events],
            "instants": [event.occurred_at for event in events],
            "hours": [event.local_hour for event in events],
            "details": [json.dumps(event.details) for event in events],
        }
        await self._connection.execute(ADD, columns)
        # In one order, so that nobody waits for somebody who waits for them.
        days = sorted({(event.session_id, day) for event in events for day in event.days})
        touched = {
            "user_id": first.user_id,
            "sessions": [session_id for session_id, _ in days],
            "days": [day for _, day in days],
            "early": int(EARLY_MS),
        }
        await self._connection.execute(COUNT, touched)

    async def tallies(self, user_id: str, recent_since: date) -> Sequence[Tally]:
        """A range of the primary key."""
        wanted = {"user_id": user_id, "since": recent_since}
        rows = await self._connection.execute(TALLIES, wanted)
        return [Tally(*row) for row in rows]

    async def forget_events(self, before: datetime, limit: int) -> int:
        """The oldest, by the index of instants."""
        wanted = {"before": before, "limit": limit}
        return (await self._connection.execute(FORGET, wanted)).rowcount
