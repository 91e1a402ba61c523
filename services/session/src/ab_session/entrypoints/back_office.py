"""What administrators ask of the session service, and what analytics hears."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import analytics, desk_stats, events, session_desk
from ab_shared.messaging.ports import Subscriptions

from ab_session.usecases.count_sign_ups import CountSignUp
from ab_session.usecases.delete_any_session import DeleteAnySession
from ab_session.usecases.get_analytics import GetAnalytics
from ab_session.usecases.list_any_sessions import ListAnySessions
from ab_session.usecases.list_needed_objects import ListNeededObjects
from ab_session.usecases.read_lines import ReadLines
from ab_session.usecases.rebuild_audio import RebuildAudio
from ab_session.usecases.roll_up_day import RollUpDay
from ab_session.usecases.tell_stats import TellStats


@dataclass(frozen=True, slots=True)
class BackOffice:
    """The use cases behind it."""

    sessions: ListAnySessions
    lines: ReadLines
    objects: ListNeededObjects
    rebuild: RebuildAudio
    delete: DeleteAnySession
    stats: TellStats
    analytics: GetAnalytics
    roll_up: RollUpDay
    sign_up: CountSignUp


def add_back_office(heard: Subscriptions, office: BackOffice) -> None:
    """Adds it to what the service hears."""
    heard.answer(session_desk.ListAnySessions, office.sessions)
    heard.answer(session_desk.ReadLines, office.lines)
    heard.answer(session_desk.ListNeededObjects, office.objects)
    heard.answer(session_desk.RebuildAudio, office.rebuild)
    heard.answer(session_desk.DeleteAnySession, office.delete)
    heard.answer(desk_stats.GetSessionStats, office.stats)
    heard.answer(analytics.GetAnalytics, office.analytics)
    heard.answer(analytics.RollUpDay, office.roll_up)
    heard.on(events.UserRegistered, office.sign_up)
