"""The one place where the session service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from ab_shared.messaging.ports import Caller, Subscriptions
from ab_shared.runtime.chores import sweeping
from ab_shared.runtime.clock import Clock, utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone

from ab_session.adapters.analytics_rows import PostgresAnalytics
from ab_session.adapters.desk_rows import PostgresDesk
from ab_session.adapters.downloads import RpcDownloads
from ab_session.adapters.entitlement import RpcGenerations
from ab_session.adapters.help_lines import load_care
from ab_session.adapters.job_backlog import PostgresJobBacklog
from ab_session.adapters.phrase_book import load_phrases
from ab_session.adapters.postgres import PostgresStore
from ab_session.adapters.regions import ZoneRegions
from ab_session.adapters.shipped_prompts import shipped_prompts
from ab_session.adapters.voices import RpcVoices
from ab_session.adapters.word_list_file import load_word_list
from ab_session.back_office_ports import Office
from ab_session.domain.listening.events import KEPT
from ab_session.domain.program_catalogue import PROGRAMS
from ab_session.entrypoints.analytics_gauges import YesterdayGauges
from ab_session.entrypoints.back_office import BackOffice, add_back_office
from ab_session.entrypoints.consumer import Answers, Steps, subscriptions
from ab_session.entrypoints.erasing import add_erasing
from ab_session.entrypoints.exporting import add_exporting
from ab_session.entrypoints.library import Libraries, add_library
from ab_session.entrypoints.listening import ListeningParts, add_listening
from ab_session.entrypoints.mixing import Mixing, add_mixing
from ab_session.entrypoints.moderating import Moderating, add_moderating
from ab_session.entrypoints.noticing import add_noticing
from ab_session.entrypoints.reconciling import add_reconciling
from ab_session.entrypoints.selves import add_programs, add_selves
from ab_session.entrypoints.writing import Writing, add_writing
from ab_session.moderation_ports import Checking
from ab_session.offline_ports import Downloads
from ab_session.outside import checking, far_writer, telling
from ab_session.ports import Store, Voices
from ab_session.settings import SessionSettings
from ab_session.usecases.admit_lines import AdmitLines
from ab_session.usecases.ask_again import AskAgain
from ab_session.usecases.cancel_job import CancelJob
from ab_session.usecases.change_prompts import ChangePrompts
from ab_session.usecases.change_voice import ChangeVoice
from ab_session.usecases.count_sign_ups import CountSignUp, CountWriting
from ab_session.usecases.create_session import CreateSession
from ab_session.usecases.decide_lines import DecideLines
from ab_session.usecases.delete_any_session import DeleteAnySession
from ab_session.usecases.delete_session import DeleteSession
from ab_session.usecases.drop_unwanted import DropUnwanted
from ab_session.usecases.duplicate_session import DuplicateSession
from ab_session.usecases.edit_session import EditSession
from ab_session.usecases.ensure_audio import EnsureAudio
from ab_session.usecases.erase_user import EraseUser
from ab_session.usecases.export_user import ExportUser
from ab_session.usecases.follow_program import FollowProgram
from ab_session.usecases.forget_left import ForgetLeft
from ab_session.usecases.forget_listening import ForgetListening
from ab_session.usecases.forget_sounds import ForgetSounds
from ab_session.usecases.get_analytics import GetAnalytics
from ab_session.usecases.get_audio_report import GetAudioReport
from ab_session.usecases.get_captions import GetCaptions
from ab_session.usecases.get_curation import MakeShelf
from ab_session.usecases.get_download import GetDownload
from ab_session.usecases.get_job import GetJob
from ab_session.usecases.get_playback_bundle import GetPlaybackBundle
from ab_session.usecases.get_session import GetSession
from ab_session.usecases.get_sessions import GetSessions
from ab_session.usecases.get_waveform import GetWaveform
from ab_session.usecases.guard_wish import GuardWish
from ab_session.usecases.keep_preferences import KeepPreferences
from ab_session.usecases.keep_push_tokens import (
    DropPushToken,
    ListPushTokens,
    RegisterPushToken,
)
from ab_session.usecases.keep_struggle import KeepStruggle
from ab_session.usecases.keep_values import KeepValues
from ab_session.usecases.keep_zone import KeepZone
from ab_session.usecases.list_any_sessions import ListAnySessions
from ab_session.usecases.list_jobs import ListJobs
from ab_session.usecases.list_needed_objects import ListNeededObjects
from ab_session.usecases.list_offline import ForgetOffline, ListOffline
from ab_session.usecases.list_sessions import ListSessions
from ab_session.usecases.list_sounds import ListSounds
from ab_session.usecases.look_at_texts import LookAtTexts
from ab_session.usecases.look_for_care import LookForCare
from ab_session.usecases.moderate_lines import ModerateLines
from ab_session.usecases.on_mixdown_event import (
    OnMixdownFailed,
    OnMixdownProgressed,
    OnMixdownRendered,
)
from ab_session.usecases.on_read_failed import OnReadFailed
from ab_session.usecases.on_read_prepared import OnReadPrepared
from ab_session.usecases.on_read_ready import OnReadReady
from ab_session.usecases.on_read_rejected import OnReadRejected
from ab_session.usecases.on_stem_failed import OnStemFailed
from ab_session.usecases.on_stem_published import OnStemPublished
from ab_session.usecases.on_track_failed import OnTrackFailed
from ab_session.usecases.on_track_rendered import OnTrackRendered
from ab_session.usecases.preview_prompt import PreviewPrompt
from ab_session.usecases.read_lines import ReadLines
from ab_session.usecases.rebuild_audio import RebuildAudio
from ab_session.usecases.recheck_texts import RecheckTexts
from ab_session.usecases.record_events import RecordListening
from ab_session.usecases.renew_licences import RenewLicences
from ab_session.usecases.request_mixdown import RequestMixdown
from ab_session.usecases.requeue_job import RequeueJob
from ab_session.usecases.revive_jobs import ReviveJobs
from ab_session.usecases.revive_mixdowns import ReviveMixdowns
from ab_session.usecases.roll_up_day import RollUpDay
from ab_session.usecases.roll_up_nights import RollUpNights
from ab_session.usecases.seed_catalogue import SeedCatalogue
from ab_session.usecases.send_notices import TidyNotices
from ab_session.usecases.set_favourite import SetFavourite
from ab_session.usecases.settle_orphans import SettleOrphans
from ab_session.usecases.share_session import GetShared, OpenShare, ShareSession
from ab_session.usecases.show_prompts import ShowPrompts
from ab_session.usecases.start_job import StartJob
from ab_session.usecases.stop_job import StopJob
from ab_session.usecases.suggest_title import SuggestTitle
from ab_session.usecases.tell_jobs import EVERY_SECONDS, TellJobs
from ab_session.usecases.tell_stats import TellStats
from ab_session.usecases.write_affirmations import WriteAffirmations
from ab_session.usecases.write_with_model import WriteWithModel
from ab_session.writer_ports import FarWriter


@dataclass(frozen=True, slots=True)
class Wired:
    """The service without what carries it: what it hears, and what it does by itself."""

    subscriptions: Subscriptions
    seed: SeedCatalogue
    revive: ReviveJobs
    revive_mixdowns: ReviveMixdowns
    settle_orphans: SettleOrphans
    licences: RenewLicences
    drop_unwanted: DropUnwanted
    tidy_notices: TidyNotices
    forget_listening: ForgetListening
    seed_prompts: Callable[[Mapping[str, str]], Awaitable[None]]
    recheck: RecheckTexts


def wire(
    store: Store,
    caller: Caller,
    key: bytes,
    clock: Clock = utc_now,
    far: FarWriter | None = None,
    kept: timedelta = KEPT,
    office: Office | None = None,
    checking: Checking | None = None,
) -> Wired:
    """Gives every use case what it needs.

    ``key`` is that of all content addresses; listening events are ``kept`` for so long.
    """
    start = StartJob(key)
    again = AskAgain(start)
    moderating = _moderating(store, checking or Checking(None, load_care()), key, clock)
    admit = moderating.admit
    voices, generations = RpcVoices(caller), RpcGenerations(caller)
    ensure = EnsureAudio(store, voices, generations, start, clock)
    answers = _answers(ensure, admit, again, key, office)
    heard = subscriptions(answers, _steps(store, voices, again, clock))
    add_moderating(heard, moderating)
    edit = EditSession(store, voices, generations, start, admit, clock)
    add_library(heard, _library(store, answers, edit, clock))
    writing = _writing(store, far, GuardWish(admit), clock)
    if office is not None:
        counted = CountWriting(writing.write, office.analytics, clock)
        writing = replace(writing, write=counted)
        add_back_office(heard, _back_office(store, office, voices, start, clock))
    add_writing(heard, writing)
    add_selves(
        heard, KeepValues(store, clock), KeepStruggle(store, clock), KeepPreferences(store, clock)
    )
    add_programs(heard, FollowProgram(store, PROGRAMS, clock))
    add_exporting(heard, ExportUser(store))
    add_erasing(heard, EraseUser(store, key, clock))
    add_reconciling(heard, ListSounds(store), ForgetSounds(store, clock))
    add_listening(heard, _listening(store, kept, clock))
    mixing = _mixing(store, RpcDownloads(caller), key, clock)
    add_mixing(heard, mixing)
    add_noticing(
        heard, RegisterPushToken(store, clock), ListPushTokens(store), DropPushToken(store)
    )
    return Wired(
        heard,
        SeedCatalogue(store, clock),
        ReviveJobs(store, again, clock),
        ReviveMixdowns(store, clock),
        SettleOrphans(store, generations, clock),
        mixing.licences,
        mixing.drop,
        TidyNotices(store, clock),
        ForgetListening(store, clock, kept),
        writing.change.seed,
        moderating.recheck,
    )


def _answers(
    ensure: EnsureAudio, admit: AdmitLines, again: AskAgain, key: bytes, office: Office | None
) -> Answers:
    store, start, clock = ensure.store, ensure.start, ensure.clock
    return Answers(
        create=CreateSession(store, ensure.voices, ensure.generations, start, admit, clock),
        get=GetSession(store),
        get_many=GetSessions(store),
        list=ListSessions(store, key),
        ensure=ensure,
        job=GetJob(store),
        cancel=CancelJob(store, clock),
        jobs=ListJobs(store, office.desk if office else None),
        stop=StopJob(store, clock),
        requeue=RequeueJob(store, again, clock),
        bundle=GetPlaybackBundle(store, ensure, clock),
        report=GetAudioReport(store),
        captions=GetCaptions(store, start),
        waveform=GetWaveform(store),
    )


def _steps(store: Store, voices: Voices, again: AskAgain, clock: Clock) -> Steps:
    return Steps(
        read_ready=OnReadReady(store, clock),
        read_failed=OnReadFailed(store, ChangeVoice(store, voices, again), clock),
        read_prepared=OnReadPrepared(store, clock),
        read_rejected=OnReadRejected(store, again, clock),
        track_rendered=OnTrackRendered(store, clock),
        track_failed=OnTrackFailed(store, again, clock),
        stem_published=OnStemPublished(store, clock),
        stem_failed=OnStemFailed(store, clock),
    )


def _moderating(store: Store, checking: Checking, key: bytes, clock: Clock) -> Moderating:
    moderate = ModerateLines(store, load_word_list(), checking.vendor, key, clock)
    admit = AdmitLines(moderate, checking.book, ZoneRegions(store))
    return Moderating(
        admit=admit,
        look=LookAtTexts(store),
        decide=DecideLines(store, clock),
        recheck=RecheckTexts(store, checking.vendor, clock),
        care=LookForCare(admit),
    )


def _library(store: Store, answers: Answers, edit: EditSession, clock: Clock) -> Libraries:
    links = OpenShare(clock)
    return Libraries(
        edit=edit,
        delete=DeleteSession(store, clock),
        duplicate=DuplicateSession(store, answers.create, links),
        favourite=SetFavourite(store, clock),
        share=ShareSession(store, clock),
        shared=GetShared(store, links, answers.bundle),
    )


def _writing(store: Store, far: FarWriter | None, guard: GuardWish, clock: Clock) -> Writing:
    book = load_phrases()
    model = WriteWithModel(store, far, clock) if far else None
    return Writing(
        write=WriteAffirmations(store, book, guard, model),
        suggest_title=SuggestTitle(store, book, guard),
        show=ShowPrompts(store, far, clock),
        change=ChangePrompts(store, clock),
        preview=PreviewPrompt(store, book, model, clock),
    )


def _back_office(
    store: Store, office: Office, voices: Voices, start: StartJob, clock: Clock
) -> BackOffice:
    return BackOffice(
        sessions=ListAnySessions(office.desk),
        lines=ReadLines(store),
        objects=ListNeededObjects(store, office.desk, start),
        rebuild=RebuildAudio(store, voices, start, clock),
        delete=DeleteAnySession(store, DeleteSession(store, clock)),
        stats=TellStats(office.desk, clock),
        analytics=GetAnalytics(office.analytics),
        roll_up=RollUpDay(office.analytics, clock),
        sign_up=CountSignUp(office.analytics),
    )


def _listening(store: Store, kept: timedelta, clock: Clock) -> ListeningParts:
    return ListeningParts(
        zone=KeepZone(store),
        record=RecordListening(store, clock, kept),
        shelf=MakeShelf(store, clock),
    )


def _mixing(store: Store, downloads: Downloads, key: bytes, clock: Clock) -> Mixing:
    return Mixing(
        request=RequestMixdown(store, downloads, key, clock),
        download=GetDownload(store, downloads, clock),
        shelf=ListOffline(store, downloads, clock),
        forget=ForgetOffline(store),
        progressed=OnMixdownProgressed(store, clock),
        rendered=OnMixdownRendered(store, clock),
        failed=OnMixdownFailed(store, clock),
        licences=RenewLicences(store, downloads, clock),
        drop=DropUnwanted(store, clock),
    )


@asynccontextmanager
async def running(settings: SessionSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    key = settings.content_address_key.get_secret_value().encode()
    async with (
        far_writer(settings) as far,
        checking(settings) as checked,
        open_backbone("session", settings, health) as backbone,
    ):
        kept = timedelta(days=settings.session_listening_days)
        store = PostgresStore(backbone.transactions)
        numbers = PostgresAnalytics(backbone.transactions)
        office = Office(PostgresDesk(backbone.transactions), numbers)
        wired = wire(store, backbone.bus, key, far=far, kept=kept, office=office, checking=checked)
        backlog = PostgresJobBacklog(backbone.transactions)
        roll_up = RollUpDay(numbers, utc_now)
        nights = RollUpNights(numbers, roll_up, YesterdayGauges(), utc_now)
        grace = timedelta(days=settings.session_left_days)
        forget_left = ForgetLeft(store, key, utc_now, grace)
        # Before the first request: an empty catalogue must never be answered.
        await wired.seed()
        await wired.seed_prompts(shipped_prompts())
        await backbone.serve(wired.subscriptions)
        seconds = settings.session_sweep_seconds
        async with (
            sweeping((wired.revive,), seconds),
            sweeping((wired.revive_mixdowns,), seconds),
            sweeping((TellJobs(backlog, utc_now),), EVERY_SECONDS),
            sweeping(
                (replace(wired.settle_orphans, backlog=backlog),),
                settings.session_reconcile_seconds,
            ),
            sweeping((wired.recheck,), settings.session_moderation_seconds),
            sweeping(
                (wired.forget_listening, wired.recheck.forget), settings.session_forget_seconds
            ),
            sweeping((nights,), settings.session_analytics_seconds),
            sweeping((wired.licences,), settings.session_offline_seconds),
            sweeping((wired.drop_unwanted,), settings.session_drop_seconds),
            sweeping((forget_left,), settings.session_left_seconds),
            sweeping((wired.tidy_notices,), settings.session_reconcile_seconds),
            telling(settings, store),
        ):
            yield
