"""The statements that count what listeners do: everything is added up in the database.

Every number is a sum over users, so what an erased user was in it can be told apart and kept.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import text

HOLD: Final = text("SELECT pg_advisory_xact_lock(7061726604)")
# A day's facts of every user, greatest of what was found ever: sessions and events are deleted.
COLLECT: Final = text("""
    INSERT INTO user_days AS o (
        user_id, day, events, starts, completes, abandons, created, ready, renders_ok,
        renders_failed, renders_cancelled, reads, reads_made, characters, rendered_ms, render_ms
    )
    SELECT user_id, CAST(:day AS date), sum(events), sum(starts), sum(completes), sum(abandons),
        sum(created), sum(ready), sum(ok), sum(failed), sum(cancelled), sum(reads), sum(made),
        sum(characters), sum(rendered_ms), sum(render_ms)
    FROM (
        SELECT user_id, count(*) AS events,
            count(*) FILTER (WHERE event_type = 'start') AS starts,
            count(*) FILTER (WHERE event_type = 'complete') AS completes,
            count(*) FILTER (WHERE event_type = 'abandon') AS abandons,
            0 AS created, 0 AS ready, 0 AS ok, 0 AS failed, 0 AS cancelled, 0 AS reads, 0 AS made,
            0 AS characters, 0 AS rendered_ms, 0 AS render_ms
        FROM listening_events WHERE occurred_at >= :since AND occurred_at < :until
        GROUP BY user_id
        UNION ALL
        SELECT owner_user_id, 0, 0, 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0, 0, 0
        FROM sessions
        WHERE owner_user_id IS NOT NULL AND created_at >= :since AND created_at < :until
        GROUP BY owner_user_id
        UNION ALL
        SELECT coalesce(owner_user_id, ''), 0, 0, 0, 0, 0,
            count(DISTINCT session_id) FILTER (WHERE stage = 'ready'),
            count(*) FILTER (WHERE stage = 'ready'), count(*) FILTER (WHERE stage = 'failed'),
            count(*) FILTER (WHERE stage = 'cancelled'), sum(reads), sum(made_spoken),
            sum(made_characters), sum(made_rendered_ms), sum(made_render_ms)
        FROM jobs WHERE finished_at >= :since AND finished_at < :until
        GROUP BY coalesce(owner_user_id, '')
    ) AS facts
    GROUP BY user_id
    ON CONFLICT (user_id, day) DO UPDATE SET
        events = greatest(o.events, excluded.events),
        starts = greatest(o.starts, excluded.starts),
        completes = greatest(o.completes, excluded.completes),
        abandons = greatest(o.abandons, excluded.abandons),
        created = greatest(o.created, excluded.created),
        ready = greatest(o.ready, excluded.ready),
        renders_ok = greatest(o.renders_ok, excluded.renders_ok),
        renders_failed = greatest(o.renders_failed, excluded.renders_failed),
        renders_cancelled = greatest(o.renders_cancelled, excluded.renders_cancelled),
        reads = greatest(o.reads, excluded.reads),
        reads_made = greatest(o.reads_made, excluded.reads_made),
        characters = greatest(o.characters, excluded.characters),
        rendered_ms = greatest(o.rendered_ms, excluded.rendered_ms),
        render_ms = greatest(o.render_ms, excluded.render_ms)
    WHERE excluded.events > o.events OR excluded.starts > o.starts
        OR excluded.completes > o.completes OR excluded.abandons > o.abandons
        OR excluded.created > o.created OR excluded.ready > o.ready
        OR excluded.renders_ok > o.renders_ok OR excluded.renders_failed > o.renders_failed
        OR excluded.renders_cancelled > o.renders_cancelled OR excluded.reads > o.reads
        OR excluded.reads_made > o.reads_made OR excluded.characters > o.characters
        OR excluded.rendered_ms > o.rendered_ms OR excluded.render_ms > o.render_ms
""")
# What users (one, or all) are in the numbers of some days.
NUMBERS: Final = text("""
    WITH wanted AS (SELECT unnest(CAST(:days AS date[])) AS day),
    own AS (
        SELECT *, user_id <> '' AND (events > 0 OR created > 0) AS active FROM user_days
        WHERE (CAST(:user_id AS text) IS NULL OR user_id = :user_id)
            AND day > (SELECT min(day) FROM wanted) - 30
            AND day <= (SELECT max(day) FROM wanted)
    ),
    sums AS (
        SELECT day, count(*) FILTER (WHERE active) AS active,
            count(*) FILTER (WHERE signed_up > 0) AS signed_up,
            count(*) FILTER (WHERE generated > 0) AS generated,
            count(*) FILTER (WHERE created > 0) AS created,
            count(*) FILTER (WHERE ready > 0 AND user_id <> '') AS ready,
            count(*) FILTER (WHERE starts > 0) AS started,
            count(*) FILTER (WHERE completes > 0) AS completed,
            sum(created) AS sessions_created, sum(starts) AS starts, sum(completes) AS completes,
            sum(abandons) AS abandons, sum(renders_ok) AS renders_ok,
            sum(renders_failed) AS renders_failed, sum(renders_cancelled) AS renders_cancelled,
            sum(reads) AS reads, sum(reads_made) AS reads_made, sum(characters) AS characters,
            sum(rendered_ms) AS rendered_ms, sum(render_ms) AS render_ms
        FROM own JOIN wanted USING (day) GROUP BY day
    )
    SELECT day, n.name, CAST(n.number AS bigint) AS number FROM sums CROSS JOIN LATERAL (VALUES
        ('active', CAST(active AS numeric)), ('signedUp', signed_up), ('generated', generated),
        ('created', created), ('ready', ready), ('started', started), ('completed', completed),
        ('sessionsCreated', sessions_created), ('starts', starts), ('completes', completes),
        ('abandons', abandons), ('rendersOk', renders_ok), ('rendersFailed', renders_failed),
        ('rendersCancelled', renders_cancelled), ('reads', reads), ('readsMade', reads_made),
        ('characters', characters), ('renderedMs', rendered_ms), ('renderMs', render_ms)
    ) AS n(name, number) WHERE n.number > 0
    UNION ALL
    SELECT w.day, 'activeWeek', count(DISTINCT own.user_id) FROM wanted AS w
    JOIN own ON own.day > w.day - 7 AND own.day <= w.day AND own.active GROUP BY w.day
    UNION ALL
    SELECT w.day, 'activeMonth', count(DISTINCT own.user_id) FROM wanted AS w
    JOIN own ON own.day > w.day - 30 AND own.day <= w.day AND own.active GROUP BY w.day
    UNION ALL
    SELECT own.day, 'firstStart', count(*) FROM own JOIN wanted USING (day)
    WHERE own.starts > 0 AND NOT EXISTS (
        SELECT FROM user_days AS e
        WHERE e.user_id = own.user_id AND e.day < own.day AND e.starts > 0
    )
    GROUP BY own.day
""")
# Of the users active in the weeks of these days, how many began in which week.
COHORTS: Final = text("""
    SELECT a.week, b.cohort, count(*) AS number
    FROM (
        SELECT DISTINCT u.user_id, w.week FROM (
            SELECT DISTINCT CAST(date_trunc('week', day) AS date) AS week
            FROM unnest(CAST(:days AS date[])) AS day
        ) AS w JOIN user_days AS u ON u.day >= w.week AND u.day < w.week + 7
        WHERE u.user_id <> '' AND (u.events > 0 OR u.created > 0)
            AND (CAST(:user_id AS text) IS NULL OR u.user_id = :user_id)
    ) AS a CROSS JOIN LATERAL (
        SELECT CAST(date_trunc('week', min(f.day)) AS date) AS cohort FROM user_days AS f
        WHERE f.user_id = a.user_id AND (f.events > 0 OR f.created > 0)
    ) AS b
    GROUP BY a.week, b.cohort
""")
ROLLED: Final = text("""
    INSERT INTO rolled_days (day, rolled_at) VALUES (:day, :at)
    ON CONFLICT (day) DO UPDATE SET rolled_at = :at, stale = false
""")
AGE_LATER_DAYS: Final = text("UPDATE rolled_days SET stale = true WHERE day > :day AND NOT stale")
# Days left out or counted before they had settled, then those to be counted again: stale ones,
# and those of which more was told; what was being written meanwhile may be a little older.
DUE: Final = text("""
    SELECT day FROM (
        SELECT CAST(d AS date) AS day, 0 AS turn
        FROM generate_series(
            greatest(
                (SELECT coalesce(min(day), :yesterday) FROM rolled_days), CAST(:since AS date)
            ),
            CAST(:yesterday AS date), interval '1 day'
        ) AS d
        WHERE NOT EXISTS (
            SELECT FROM rolled_days AS r WHERE r.day = CAST(d AS date)
                AND r.rolled_at >= (r.day + 1) AT TIME ZONE 'UTC' + CAST(:settled AS interval)
        )
        UNION
        SELECT r.day, 1 FROM rolled_days AS r
        WHERE r.day <= :yesterday AND r.rolled_at <= :before AND (
            r.stale OR r.day >= :since AND EXISTS (
                SELECT FROM listening_events AS e
                WHERE CAST(e.occurred_at AT TIME ZONE 'UTC' AS date) = r.day
                    AND e.received_at > r.rolled_at - interval '1 minute'
            )
        )
    ) AS due
    GROUP BY day ORDER BY min(turn), day LIMIT :limit
""")
COUNTED_SINCE: Final = text("""
    SELECT EXISTS (SELECT FROM rolled_days WHERE day = :day AND rolled_at > :at AND NOT stale)
""")
DAYS_OF_A_USER: Final = text("""
    SELECT r.day FROM rolled_days AS r WHERE EXISTS (
        SELECT FROM user_days AS u
        WHERE u.user_id = :user_id AND u.day > r.day - 30 AND u.day <= r.day
    )
""")
