"""Sessions, stored sounds and numbers as the services behind answer administrators."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from ab_shared.contracts import (
    analytics,
    desk_stats,
    inspecting,
    session_desk,
    user_desk,
)
from ab_shared.contracts.base import Empty
from ab_shared.errors import DependencyUnavailable, NotFound

from gateway_memory.samples import BORN, job_of

SESSION = UUID("0b6c4c7e-9d58-5a39-8f2e-6a1d5f9b2c33")
HASH = "a" * 64
LINES = ("I am nobody else's business.",)


@dataclass
class DeskAnswers:
    """``verdicts`` by name; ``away`` names services that do not answer."""

    deeds: list[Any]
    listener: str
    verdicts: dict[str, inspecting.Verdict] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    asked: list[Any] = field(default_factory=list)

    def answers(self) -> list[Any]:
        return [
            ("session", session_desk.ListAnySessions, self._sessions),
            ("session", session_desk.ReadLines, self._lines),
            ("session", session_desk.ListNeededObjects, self._needed),
            ("session", session_desk.RebuildAudio, self._rebuilt),
            ("session", session_desk.DeleteAnySession, self._deleted),
            ("tts", inspecting.InspectSpeech, self._inspected),
            ("stitching", inspecting.InspectAudio, self._inspected),
            ("tts", inspecting.DiscardSpeech, self._discarded),
            ("stitching", inspecting.DiscardAudio, self._discarded),
            ("auth", desk_stats.GetPeopleStats, self._people),
            ("session", desk_stats.GetSessionStats, self._session_stats),
            ("entitlement", desk_stats.GetSpendingStats, self._spending),
            ("session", analytics.GetAnalytics, self._analytics),
            ("session", analytics.RollUpDay, self._rolled),
            ("auth", user_desk.RevokeUserTokens, self._revoked),
        ]

    def _there(self, service: str, request: Any) -> None:
        self.asked.append(request)
        if service in self.away:
            raise DependencyUnavailable("away")

    def _known(self, session_id: UUID) -> None:
        if session_id != SESSION:
            raise NotFound("There is no such session")

    def _sessions(self, request: session_desk.ListAnySessions) -> session_desk.SessionDeskRows:
        self._there("session", request)
        if request.session_id not in {None, SESSION}:
            return session_desk.SessionDeskRows(sessions=())
        row = session_desk.SessionDeskRow(
            session_id=SESSION,
            owner_user_id=self.listener,
            source="user",
            goal_tag="sleep",
            state="ready",
            lines=1,
            voice_id="nova",
            version=1,
            created_at=BORN,
            updated_at=BORN,
        )
        mark = session_desk.SessionMark(created_at=BORN, session_id=SESSION)
        return session_desk.SessionDeskRows(sessions=(row,), next_before=mark)

    def _lines(self, request: session_desk.ReadLines) -> session_desk.SessionLines:
        self._known(request.session_id)
        self.deeds.append(request)
        return session_desk.SessionLines(session_id=SESSION, title="Mine", lines=LINES)

    def _needed(self, request: session_desk.ListNeededObjects) -> session_desk.NeededObjectList:
        self._known(request.session_id)
        kinds: list[tuple[Any, Any]] = [
            ("track", "plays"),
            ("stem", "plays"),
            ("prepared", "makes"),
            ("speech", "makes"),
        ]
        objects = tuple(
            session_desk.NeededObject(kind=kind, name=f"{kind} 1", role=role, bytes=10, sha256=HASH)
            for kind, role in kinds
        )
        return session_desk.NeededObjectList(session_id=SESSION, state="ready", objects=objects)

    def _inspected(self, request: inspecting.InspectObjects) -> inspecting.InspectedObjects:
        service = request.routing_key.partition(".")[0]
        self._there(service, request)
        objects = tuple(
            inspecting.InspectedObject(
                name=name,
                verdict=self.verdicts.get(name, "ok"),
                bytes=10,
                stored_bytes=10,
                sha256=HASH,
                stored_sha256=HASH,
            )
            for name in request.names
        )
        return inspecting.InspectedObjects(objects=objects, read_bytes=10 if request.deep else 0)

    def _discarded(self, request: inspecting.DiscardObjects) -> inspecting.DiscardedObjects:
        self.deeds.append(request)
        return inspecting.DiscardedObjects(discarded=len(request.names))

    def _rebuilt(self, request: session_desk.RebuildAudio) -> session_desk.RebuiltAudio:
        self.deeds.append(request)
        job = job_of(SESSION) if request.gone or request.force else None
        return session_desk.RebuiltAudio(session_id=SESSION, forgotten=len(request.gone), job=job)

    def _deleted(self, request: session_desk.DeleteAnySession) -> Empty:
        self._known(request.session_id)
        self.deeds.append(request)
        return Empty()

    def _people(self, request: desk_stats.GetPeopleStats) -> desk_stats.PeopleStats:
        self._there("auth", request)
        return desk_stats.PeopleStats(users=3, new_today=1, new_week=2, roles={"ADMIN": 1})

    def _session_stats(self, request: desk_stats.GetSessionStats) -> desk_stats.SessionStats:
        self._there("session", request)
        return desk_stats.SessionStats(
            sessions=9,
            created_today=1,
            created_week=4,
            jobs={"speaking": 1},
            oldest_job_at=BORN,
            renders_ok=3,
            renders_failed=1,
            renders_cancelled=1,
        )

    def _spending(self, request: desk_stats.GetSpendingStats) -> desk_stats.SpendingStats:
        self._there("entitlement", request)
        return desk_stats.SpendingStats(generations_today=2, payers={"active": 1})

    def _analytics(self, request: analytics.GetAnalytics) -> analytics.Analytics:
        self._there("session", request)
        cohort = analytics.CohortNumbers(week=date(2026, 1, 5), active=(4, 1))
        return analytics.Analytics(days=(numbers(request.last),), cohorts=(cohort,))

    def _rolled(self, request: analytics.RollUpDay) -> analytics.DayNumbers:
        self.deeds.append(request)
        return numbers(request.day)

    def _revoked(self, request: user_desk.RevokeUserTokens) -> user_desk.TokensEnded:
        if request.user_id != self.listener:
            raise NotFound("There is no such user here")
        self.deeds.append(request)
        return user_desk.TokensEnded(user_id=request.user_id, sign_ins=2)


def numbers(day: date) -> analytics.DayNumbers:
    counts = {"active": 4, "activeWeek": 6, "starts": 4, "completes": 3, "rendersOk": 3}
    return analytics.DayNumbers(
        day=day, counts={**counts, "rendersFailed": 1, "renderedMs": 1500}, rolled_at=BORN
    )
