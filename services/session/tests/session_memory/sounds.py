"""Everything a store in memory holds, and what of it is known to exist as sound."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from ab_session.domain.captions import WordTimes
from ab_session.domain.curation.facts import Recipe
from ab_session.domain.erasing import ErasedSound
from ab_session.domain.job import Job
from ab_session.domain.listener import DoneDay, Enrolment
from ab_session.domain.listening.events import Listened
from ab_session.domain.mixdown import Mixdown
from ab_session.domain.plan import PlannedRead
from ab_session.domain.prompts import PromptVersion
from ab_session.domain.session import Session
from ab_session.domain.sharing import ShareLink
from ab_session.domain.sounds import Known, PublishedStem, Track, Wanted
from ab_session.domain.spending import DaySpent
from ab_session.ports import SpeechNews, StemNews
from ab_shared.contracts.events import ReadPrepared, ReadReady
from ab_shared.contracts.mixdowns import MixdownRendered
from ab_shared.contracts.reconciling import Kind
from ab_shared.contracts.speech import WordSpan

from session_memory.left import LeftRow

ASK_PAUSE = timedelta(seconds=30)


@dataclass
class Rows:
    """Everything that is stored; values are frozen, so a shallow copy is a snapshot."""

    sessions: dict[UUID, Session] = field(default_factory=dict)
    places: dict[UUID, int] = field(default_factory=dict)
    jobs: dict[UUID, Job] = field(default_factory=dict)
    reads: dict[UUID, tuple[PlannedRead, ...]] = field(default_factory=dict)
    preparing: dict[UUID, frozenset[str]] = field(default_factory=dict)
    speech: dict[str, str] = field(default_factory=dict)
    prepared: dict[str, str] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)
    stems: dict[str, PublishedStem] = field(default_factory=dict)
    asked: dict[str, datetime] = field(default_factory=dict)
    words: dict[str, tuple[WordSpan, ...]] = field(default_factory=dict)
    trims: dict[str, int] = field(default_factory=dict)
    credited: dict[str, bool] = field(default_factory=dict)
    mixdown_jobs: dict[UUID, Mixdown] = field(default_factory=dict)
    mixdowns: dict[str, MixdownRendered] = field(default_factory=dict)
    erased: dict[tuple[Kind, str], ErasedSound] = field(default_factory=dict)
    licences: dict[str, object] = field(default_factory=dict)
    handed: dict[tuple[str, UUID, str], object] = field(default_factory=dict)
    unwanted: dict[str, datetime] = field(default_factory=dict)
    devices: dict[UUID, object] = field(default_factory=dict)
    notices: dict[tuple[object, ...], object] = field(default_factory=dict)
    prompts: dict[tuple[str, int], PromptVersion] = field(default_factory=dict)
    writer_days: dict[date, DaySpent] = field(default_factory=dict)
    favourites: dict[tuple[str, UUID], datetime] = field(default_factory=dict)
    shares: dict[UUID, ShareLink] = field(default_factory=dict)
    deleted: dict[UUID, str] = field(default_factory=dict)
    left: dict[UUID, LeftRow] = field(default_factory=dict)
    listeners: dict[str, object] = field(default_factory=dict)
    enrolments: dict[tuple[str, str], Enrolment] = field(default_factory=dict)
    zones: dict[str, tuple[str, int]] = field(default_factory=dict)
    events: dict[tuple[str, str], Listened] = field(default_factory=dict)
    past_events: dict[tuple[str, str], Listened] = field(default_factory=dict)
    shown: dict[tuple[str, date, Recipe], None] = field(default_factory=dict)
    program_days: dict[tuple[str, str, int, int], DoneDay] = field(default_factory=dict)
    text_verdicts: dict[str, Any] = field(default_factory=dict)
    refused_counts: dict[tuple[date, str], int] = field(default_factory=dict)
    checked_texts: dict[tuple[UUID, str, int], Any] = field(default_factory=dict)

    def copy(self) -> Rows:
        return Rows(**{name: dict(table) for name, table in vars(self).items()})


class MemorySounds:
    """Implements ``Sounds``."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def known(self, wanted: Wanted) -> Known:
        rows = self._rows
        track = rows.tracks.get(wanted.track or "")
        return Known(
            speech={a: key for a, key in rows.speech.items() if a in wanted.speech},
            prepared=wanted.prepared & rows.prepared.keys(),
            track=track.asset if track else None,
            stems=wanted.stems & rows.stems.keys(),
        )

    async def speech_ready(self, event: ReadReady) -> SpeechNews:
        rows = self._rows
        made = self._credit(event.speech_address, made=event.synthesized)
        rows.speech.setdefault(event.speech_address, event.speech_key)
        rows.words.setdefault(event.speech_address, event.words)
        to_prepare: set[str] = set()
        for job_id, reads in rows.reads.items():
            mine = {
                read.prepared_address
                for read in reads
                if read.speech_address == event.speech_address
            }
            claimed = mine - rows.preparing[job_id] - rows.prepared.keys()
            rows.preparing[job_id] |= claimed
            to_prepare |= claimed
        return SpeechNews(made, tuple(sorted(to_prepare)))

    async def read_prepared(self, event: ReadPrepared) -> bool:
        self._rows.prepared.setdefault(event.prepared_address, event.speech_address)
        self._rows.trims.setdefault(event.prepared_address, event.trimmed_ms)
        return self._credit(event.prepared_address, made=event.prepared)

    def _credit(self, address: str, *, made: bool) -> bool:
        if made and not self._rows.credited.get(address):
            self._rows.credited[address] = True
            return True
        return False

    async def forget_reads(self, speech: Iterable[str], prepared: Iterable[str]) -> None:
        gone = frozenset(prepared)
        for address in [*speech, *gone]:
            self._rows.speech.pop(address, None)
            self._rows.prepared.pop(address, None)
            self._rows.credited.pop(address, None)
        for job_id in self._rows.preparing:
            self._rows.preparing[job_id] -= gone

    async def track_rendered(self, track: Track) -> bool:
        fresh = track.track_address not in self._rows.tracks
        self._rows.tracks.setdefault(track.track_address, track)
        return fresh

    async def track(self, track_address: str) -> Track | None:
        return self._rows.tracks.get(track_address)

    async def word_times(self, prepared: Iterable[str]) -> dict[str, WordTimes]:
        rows = self._rows
        found = {
            address: WordTimes(rows.trims[address], rows.words.get(rows.prepared[address], ()))
            for address in prepared
            if address in rows.prepared
        }
        return {address: times for address, times in found.items() if times.words}

    async def stem_published(self, stem: PublishedStem) -> bool:
        fresh = stem.stem_id not in self._rows.stems
        self._rows.stems[stem.stem_id] = stem
        return fresh

    async def stem_failed(self, stem_id: str) -> bool:
        return self._rows.asked.pop(stem_id, None) is not None and stem_id not in self._rows.stems

    async def stems(self, stem_ids: Iterable[str]) -> dict[str, PublishedStem]:
        return {stem: self._rows.stems[stem] for stem in stem_ids if stem in self._rows.stems}

    async def ask_for_stems(self, stem_ids: Iterable[str], now: datetime) -> StemNews:
        wanted = tuple(dict.fromkeys(stem_ids))
        to_ask = tuple(stem for stem in wanted if self._may_ask(stem, now))
        self._rows.asked.update(dict.fromkeys(to_ask, now))
        return StemNews(frozenset(wanted) & self._rows.stems.keys(), to_ask)

    def _may_ask(self, stem_id: str, now: datetime) -> bool:
        asked = self._rows.asked.get(stem_id)
        return stem_id not in self._rows.stems and (asked is None or asked <= now - ASK_PAUSE)

    async def names(self, kind: Kind, after: str, limit: int) -> Sequence[str]:
        return [name for name in sorted(self._kept(kind)) if name > after][:limit]

    async def forget(self, kind: Kind, names: Sequence[str]) -> int:
        kept = self._kept(kind)
        gone = [name for name in names if name in kept]
        for name in gone:
            del kept[name]
            self._rows.asked.pop(name, None)
            self._rows.credited.pop(name, None)
        for job_id in self._rows.preparing:
            self._rows.preparing[job_id] -= frozenset(names)
        return len(gone) if kind != "prepared" else len(names)

    def _kept(self, kind: Kind) -> dict[str, Any]:
        tables: dict[Kind, dict[str, Any]] = {
            "speech": self._rows.speech,
            "prepared": self._rows.prepared,
            "track": self._rows.tracks,
            "stem": self._rows.stems,
            "mixdown": self._rows.mixdowns,
        }
        return tables[kind]
