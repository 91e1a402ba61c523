"""What is known to exist, in Postgres."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ab_shared.contracts.events import ReadPrepared, ReadReady
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import WordSpan
from sqlalchemy import delete, null, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ab_session.adapters.tables import METADATA, MIXDOWNS, STEMS, TRACKS
from ab_session.domain.captions import WordTimes
from ab_session.domain.sounds import Known, PublishedStem, Track, Wanted
from ab_session.ports import SpeechNews, StemNews

# A stem takes seconds to make: asking more often would only queue the same work.
ASK_PAUSE = timedelta(seconds=30)
NAMES: dict[Kind, Any] = {
    "speech": METADATA.tables["spoken_reads"].c.speech_address,
    "prepared": METADATA.tables["prepared_reads"].c.prepared_address,
    "track": TRACKS.c.track_address,
    "stem": STEMS.c.stem_id,
    "mixdown": MIXDOWNS.c.mixdown_address,
}
KNOWN = text("""
    SELECT 'speech' AS kind, speech_address AS id, speech_key AS key, NULL AS asset
    FROM spoken_reads WHERE speech_address = ANY(CAST(:speech AS text[]))
    UNION ALL
    SELECT 'prepared', prepared_address, NULL, NULL
    FROM prepared_reads WHERE prepared_address = ANY(CAST(:prepared AS text[]))
    UNION ALL
    SELECT 'track', track_address, NULL, asset::text
    FROM tracks WHERE track_address = CAST(:track AS text)
    UNION ALL
    SELECT 'stem', stem_id, NULL, NULL
    FROM stems WHERE stem_id = ANY(CAST(:stems AS text[])) AND asset IS NOT NULL
""")
SPEECH_READY = text("""
    WITH fresh AS (
        INSERT INTO spoken_reads
            (speech_address, speech_key, duration_ms, characters, credited, words)
        VALUES (:speech_address, :speech_key, :duration_ms, :characters, :synthesized,
            CAST(:words AS jsonb))
        ON CONFLICT (speech_address) DO UPDATE SET credited = true
        WHERE excluded.credited AND NOT spoken_reads.credited
        RETURNING credited
    ), claimed AS (
        UPDATE job_reads AS r SET preparing = true
        WHERE r.speech_address = :speech_address AND NOT r.preparing AND NOT EXISTS (
            SELECT FROM prepared_reads AS p WHERE p.prepared_address = r.prepared_address
        )
        RETURNING r.prepared_address
    )
    SELECT EXISTS (SELECT FROM fresh WHERE credited) AS made,
        ARRAY(SELECT DISTINCT prepared_address FROM claimed ORDER BY 1) AS to_prepare
""")
# Credited once: the message that says "newly made" may come after an echo that says "known".
READ_PREPARED = text("""
    INSERT INTO prepared_reads
        (prepared_address, speech_address, duration_ms, credited, trimmed_ms)
    VALUES (:prepared_address, :speech_address, :duration_ms, :prepared, :trimmed_ms)
    ON CONFLICT (prepared_address) DO UPDATE SET credited = true
    WHERE excluded.credited AND NOT prepared_reads.credited
""")
FORGET = text("""
    WITH speech AS (
        DELETE FROM spoken_reads WHERE speech_address = ANY(CAST(:speech AS text[]))
    ), prepared AS (
        DELETE FROM prepared_reads WHERE prepared_address = ANY(CAST(:prepared AS text[]))
    )
    UPDATE job_reads SET preparing = false
    WHERE preparing AND prepared_address = ANY(CAST(:prepared AS text[]))
""")
# A row that the condition leaves as it is gets locked all the same (PostgreSQL, INSERT): whoever
# publishes the stem waits, and then finds the job that is being written here.
ASK_FOR_STEMS = text("""
    INSERT INTO stems (stem_id, asked_at)
    SELECT id, CAST(:now AS timestamptz) FROM unnest(CAST(:stem_ids AS text[])) AS id ORDER BY id
    ON CONFLICT (stem_id) DO UPDATE SET asked_at = excluded.asked_at
    WHERE stems.asset IS NULL AND (stems.asked_at IS NULL OR stems.asked_at <= :before)
    RETURNING stem_id
""")

PUBLISHED = text("""
    SELECT stem_id, recipe_version, asset::text AS asset, loudness_lufs FROM stems
    WHERE stem_id = ANY(CAST(:ids AS text[])) AND asset IS NOT NULL
""")

WORD_TIMES = text("""
    SELECT p.prepared_address, p.trimmed_ms, s.words
    FROM prepared_reads AS p JOIN spoken_reads AS s USING (speech_address)
    WHERE p.prepared_address = ANY(CAST(:prepared AS text[])) AND s.words <> '[]'
""").columns(words=JSONB)


class SoundRows:
    """Implements ``Sounds``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def known(self, wanted: Wanted) -> Known:
        """One union over four primary keys."""
        asked = {
            "speech": list(wanted.speech),
            "prepared": list(wanted.prepared),
            "track": wanted.track,
            "stems": list(wanted.stems),
        }
        rows = defaultdict[str, list[Any]](list)
        for row in await self._connection.execute(KNOWN, asked):
            rows[row.kind].append(row)
        track = next(iter(rows["track"]), None)
        return Known(
            speech={row.id: row.key for row in rows["speech"]},
            prepared=frozenset(row.id for row in rows["prepared"]),
            track=AssetRef.model_validate_json(track.asset) if track else None,
            stems=frozenset(row.id for row in rows["stem"]),
        )

    async def speech_ready(self, event: ReadReady) -> SpeechNews:
        """One statement."""
        names = {"speech_address", "speech_key", "duration_ms", "characters", "synthesized"}
        values = event.model_dump(include=names)
        values["words"] = json.dumps([word.model_dump() for word in event.words])
        row = (await self._connection.execute(SPEECH_READY, values)).one()
        return SpeechNews(made=row.made, to_prepare=tuple(row.to_prepare))

    async def read_prepared(self, event: ReadPrepared) -> bool:
        """Inserts, or notes that somebody was credited with it after all."""
        names = {"prepared_address", "speech_address", "duration_ms", "prepared", "trimmed_ms"}
        values = event.model_dump(include=names)
        result = await self._connection.execute(READ_PREPARED, values)
        return event.prepared and result.rowcount == 1

    async def forget_reads(self, speech: Iterable[str], prepared: Iterable[str]) -> None:
        """One statement."""
        gone = {"speech": sorted(speech), "prepared": sorted(prepared)}
        await self._connection.execute(FORGET, gone)

    async def track_rendered(self, track: Track) -> bool:
        """Inserts unless it is there."""
        statement = insert(TRACKS).values(
            track_address=track.track_address,
            asset=track.asset.model_dump(mode="json"),
            loudness_lufs=track.loudness_lufs,
            true_peak_dbtp=track.true_peak_dbtp,
            segments=[segment.model_dump() for segment in track.segments],
            engine_mode=track.engine_mode,
            profile_version=track.profile_version,
            render_ms=track.render_ms,
            read_spans=[span.model_dump() for span in track.read_spans],
            waveform=list(track.waveform),
            rendered_at=track.rendered_at,
        )
        result = await self._connection.execute(statement.on_conflict_do_nothing())
        return result.rowcount == 1

    async def track(self, track_address: str) -> Track | None:
        """By its address."""
        query = select(TRACKS).where(TRACKS.c.track_address == track_address)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return Track(
            **{
                **row,
                "asset": AssetRef.model_validate(row["asset"]),
                "segments": _stretches(row["segments"]),
                "read_spans": _stretches(row["read_spans"]),
                "waveform": tuple(row["waveform"]),
            }
        )

    async def word_times(self, prepared: Iterable[str]) -> dict[str, WordTimes]:
        """One join."""
        rows = await self._connection.execute(WORD_TIMES, {"prepared": list(prepared)})
        return {
            row.prepared_address: WordTimes(
                row.trimmed_ms, tuple(WordSpan.model_validate(word) for word in row.words)
            )
            for row in rows
        }

    async def stem_published(self, stem: PublishedStem) -> bool:
        """Looks under a lock, then inserts or replaces."""
        row = select(STEMS.c.asset).where(STEMS.c.stem_id == stem.stem_id)
        before = await self._connection.scalar(row.with_for_update())
        values = {
            "recipe_version": stem.recipe_version,
            "asset": stem.asset.model_dump(mode="json"),
            "loudness_lufs": stem.loudness_lufs,
        }
        statement = insert(STEMS).values(stem_id=stem.stem_id, **values)
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["stem_id"], set_=values)
        )
        return before is None

    async def stem_failed(self, stem_id: str) -> bool:
        """One update."""
        result = await self._connection.execute(
            STEMS.update()
            .where(STEMS.c.stem_id == stem_id, STEMS.c.asset.is_(None))
            .values(asked_at=None)
        )
        return result.rowcount == 1

    async def stems(self, stem_ids: Iterable[str]) -> dict[str, PublishedStem]:
        """By their ids."""
        rows = (await self._connection.execute(PUBLISHED, {"ids": list(stem_ids)})).mappings()
        return {
            row["stem_id"]: PublishedStem(
                **{**row, "asset": AssetRef.model_validate_json(row["asset"])}
            )
            for row in rows
        }

    async def ask_for_stems(self, stem_ids: Iterable[str], now: datetime) -> StemNews:
        """An upsert that locks, then a look at what others committed meanwhile."""
        wanted = list(dict.fromkeys(stem_ids))
        asked = {"stem_ids": wanted, "now": now, "before": now - ASK_PAUSE}
        mine = set((await self._connection.execute(ASK_FOR_STEMS, asked)).scalars())
        published = (await self.known(Wanted(stems=frozenset(wanted)))).stems
        return StemNews(published, tuple(stem for stem in wanted if stem in mine))

    async def names(self, kind: Kind, after: str, limit: int) -> Sequence[str]:
        """By the primary key."""
        name = NAMES[kind]
        query = select(name).where(name > after).order_by(name).limit(limit)
        if kind == "stem":
            query = query.where(STEMS.c.asset.is_not(None))
        return (await self._connection.execute(query)).scalars().all()

    async def forget(self, kind: Kind, names: Sequence[str]) -> int:
        """Deletes rows; a stem's row stays, for it is what others lock."""
        name = NAMES[kind]
        if kind == "prepared":
            await self.forget_reads((), names)
            return len(names)
        if kind == "stem":
            gone = STEMS.update().where(name.in_(names), STEMS.c.asset.is_not(None))
            unknown = {"asset": null(), "asked_at": None}
            return (await self._connection.execute(gone.values(unknown))).rowcount
        statement = delete(name.table).where(name.in_(names))
        return (await self._connection.execute(statement)).rowcount


def _stretches(stored: Iterable[dict[str, int]]) -> tuple[Segment, ...]:
    return tuple(Segment.model_validate(one) for one in stored)
