"""What the session service hears, and the use case each message goes to."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import captions, events, job_desk, rpc, session_reads
from ab_shared.messaging.ports import Subscriptions

from ab_session.entrypoints.metrics import counting
from ab_session.usecases.cancel_job import CancelJob
from ab_session.usecases.create_session import CreateSession
from ab_session.usecases.ensure_audio import EnsureAudio
from ab_session.usecases.get_audio_report import GetAudioReport
from ab_session.usecases.get_captions import GetCaptions
from ab_session.usecases.get_job import GetJob
from ab_session.usecases.get_playback_bundle import GetPlaybackBundle
from ab_session.usecases.get_session import GetSession
from ab_session.usecases.get_sessions import GetSessions
from ab_session.usecases.get_waveform import GetWaveform
from ab_session.usecases.list_jobs import ListJobs
from ab_session.usecases.list_sessions import ListSessions
from ab_session.usecases.on_read_failed import OnReadFailed
from ab_session.usecases.on_read_prepared import OnReadPrepared
from ab_session.usecases.on_read_ready import OnReadReady
from ab_session.usecases.on_read_rejected import OnReadRejected
from ab_session.usecases.on_stem_failed import OnStemFailed
from ab_session.usecases.on_stem_published import OnStemPublished
from ab_session.usecases.on_track_failed import OnTrackFailed
from ab_session.usecases.on_track_rendered import OnTrackRendered
from ab_session.usecases.requeue_job import RequeueJob
from ab_session.usecases.stop_job import StopJob


@dataclass(frozen=True, slots=True)
class Answers:
    """The use cases behind requests."""

    create: CreateSession
    get: GetSession
    get_many: GetSessions
    list: ListSessions
    ensure: EnsureAudio
    job: GetJob
    cancel: CancelJob
    jobs: ListJobs
    stop: StopJob
    requeue: RequeueJob
    bundle: GetPlaybackBundle
    report: GetAudioReport
    captions: GetCaptions
    waveform: GetWaveform


@dataclass(frozen=True, slots=True)
class Steps:
    """The use cases that move the saga."""

    read_ready: OnReadReady
    read_failed: OnReadFailed
    read_prepared: OnReadPrepared
    read_rejected: OnReadRejected
    track_rendered: OnTrackRendered
    track_failed: OnTrackFailed
    stem_published: OnStemPublished
    stem_failed: OnStemFailed


def subscriptions(answers: Answers, steps: Steps) -> Subscriptions:
    """Everything this service listens to."""
    heard = Subscriptions()
    heard.answer(rpc.CreateSession, answers.create)
    heard.answer(rpc.GetSession, answers.get)
    heard.answer(session_reads.GetSessions, answers.get_many)
    heard.answer(rpc.ListSessions, answers.list)
    heard.answer(rpc.EnsureAudio, answers.ensure)
    heard.answer(rpc.GetJob, answers.job)
    heard.answer(rpc.CancelJob, answers.cancel)
    heard.answer(job_desk.ListJobs, answers.jobs)
    heard.answer(job_desk.StopJob, answers.stop)
    heard.answer(job_desk.RequeueJob, answers.requeue)
    heard.answer(rpc.GetPlaybackBundle, counting(answers.bundle))
    heard.answer(rpc.GetAudioReport, answers.report)
    heard.answer(captions.GetCaptions, answers.captions)
    heard.answer(captions.GetWaveform, answers.waveform)
    heard.on(events.ReadReady, steps.read_ready)
    heard.on(events.ReadFailed, steps.read_failed)
    heard.on(events.ReadPrepared, steps.read_prepared)
    heard.on(events.ReadRejected, steps.read_rejected)
    heard.on(events.TrackRendered, steps.track_rendered)
    heard.on(events.TrackFailed, steps.track_failed)
    heard.on(events.StemPublished, steps.stem_published)
    heard.on(events.StemFailed, steps.stem_failed)
    return heard
