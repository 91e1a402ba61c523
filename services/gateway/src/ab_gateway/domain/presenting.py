"""What the app sees of what the services say: unsigned contracts into bodies of the public API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from ab_shared.contracts import audio_profile, http, rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import Segment
from ab_shared.errors import RemoteFailure

Sign = Callable[[str], str]
"""Makes the URL of a key in the media bucket."""


def tokens(pair: rpc.TokenPair) -> http.Tokens:
    """A sign-in."""
    return http.Tokens(
        access_token=pair.access_token.get_secret_value(),
        refresh_token=pair.refresh_token.get_secret_value(),
        expires_in=pair.expires_in,
    )


def entitlement(held: rpc.Entitlement) -> http.EntitlementV3:
    """A plan, with unlimited written as the largest number the app can hold."""
    remaining = _or_unlimited(held.remaining_today)
    longest = _or_unlimited(held.max_session_length_sec)
    return http.EntitlementV3(
        plan=held.plan,
        status=held.status,
        renews_at=held.renews_at,
        source=held.source,
        limits=http.Limits(
            daily_generations=_or_unlimited(held.daily_generations),
            max_session_length_sec=longest,
            offline_downloads=held.offline_downloads,
        ),
        can_create_session=remaining > 0 and held.within_budget,
        can_generate_audio=remaining > 0 and held.within_budget,
        remaining_free_generations_today=remaining,
        max_session_length_sec_effective=longest,
    )


def _or_unlimited(amount: int | None) -> int:
    return http.UNLIMITED if amount is None else amount


def session(view: rpc.SessionView, sign: Sign) -> http.SessionV3:
    """A session."""
    return http.SessionV3(**session_fields(view, sign))


def created_session(view: rpc.SessionView, job_id: UUID, sign: Sign) -> http.CreatedSessionV3:
    """A new session with the job of its audio."""
    return http.CreatedSessionV3(**session_fields(view, sign), audio_job_id=job_id)


def session_fields(view: rpc.SessionView, sign: Sign) -> dict[str, Any]:
    """What every shape of a session has."""
    same = view.model_dump(exclude={"lines", "audio", "version"})
    return {**same, "affirmations": list(view.lines), "audio": _audio(view.audio, sign)}


def _audio(audio: rpc.SessionAudio | None, sign: Sign) -> http.AudioOut | None:
    if audio is None:
        return None
    return http.AudioOut(
        affirmations_merged_url=sign(audio.track.key),
        affirmations_hash=audio.track_address,
        generated_at=audio.generated_at,
    )


def session_list(page: rpc.SessionPage, limit: int, offset: int) -> http.SessionList:
    """A page of sessions."""
    rows = [
        http.SessionRow(
            id=s.id, title=s.title, goal_tag=s.goal_tag, favourite=True if s.favourite else None
        )
        for s in page.sessions
    ]
    return http.SessionList(
        sessions=rows,
        limit=limit,
        offset=offset,
        has_more=page.has_more,
        next_cursor=page.next_cursor,
    )


def audio_state(state: rpc.AudioState) -> http.EnsureAudioOut:
    """Ready, or the job that makes it so."""
    if state.ready:
        return http.EnsureAudioOut(status="ready")
    if state.job is None:
        raise RemoteFailure("Audio that is not ready must have a job")
    return http.EnsureAudioOut(status="pending", job_id=state.job.id)


def job(snapshot: JobSnapshot) -> http.JobEnvelope:
    """A job."""
    return http.JobEnvelope(job=http.JobOut(**snapshot.model_dump(exclude={"version"})))


def bundle(made: rpc.PlaybackBundle, sign: Sign, expires_at: datetime) -> http.PlaybackBundleVM:
    """A bundle: both platforms get one URL."""
    return http.PlaybackBundleVM(
        session_id=made.session_id,
        affirmations_merged_url=sign(made.track.asset.key),
        background=http.BackgroundOut(url_by_platform=_urls(made.background, sign)),
        binaural=_brain_layer(made.binaural, sign),
        solfeggio=_brain_layer(made.solfeggio, sign),
        mix=http.MixOut(**made.mix.model_dump()),
        effective_affirmation_spacing_ms=made.spacing_ms,
        loudness=_loudness(made),
        voice_activity=_activity(made.segments, made.threshold_db, made.min_silence_ms),
        expires_at=expires_at,
    )


def _urls(layer: rpc.Layer, sign: Sign) -> http.UrlByPlatform:
    url = sign(layer.asset.key)
    return http.UrlByPlatform(ios=url, android=url)


def _brain_layer(layer: rpc.Layer | None, sign: Sign) -> http.BrainLayerOut | None:
    if layer is None or layer.hz is None:
        return None
    return http.BrainLayerOut(url_by_platform=_urls(layer, sign), hz=layer.hz)


def _loudness(made: rpc.PlaybackBundle) -> http.LoudnessOut:
    return http.LoudnessOut(
        affirmations_lufs=made.track.loudness_lufs,
        background_lufs=made.background.loudness_lufs,
        binaural_lufs=made.binaural.loudness_lufs if made.binaural else None,
        solfeggio_lufs=made.solfeggio.loudness_lufs if made.solfeggio else None,
    )


def _activity(
    segments: tuple[Segment, ...], threshold_db: float, min_silence_ms: int
) -> http.VoiceActivityOut:
    rows = [http.SegmentOut(start_ms=s.start_ms, end_ms=s.end_ms) for s in segments]
    return http.VoiceActivityOut(
        segments=rows, threshold_db=threshold_db, min_silence_ms=min_silence_ms
    )


def audio_report(report: rpc.AudioReport) -> http.AudioReportOut:
    """What was measured on a track."""
    return http.AudioReportOut(
        session_id=report.session_id,
        affirmations_hash=report.track_address,
        duration_ms=report.asset.duration_ms,
        bytes=report.asset.bytes,
        sha256=report.asset.sha256,
        loudness_lufs=report.loudness_lufs,
        true_peak_dbtp=report.true_peak_dbtp,
        voice_to_bed_lu=report.voice_to_bed_lu,
        engine_mode=report.engine_mode,
        profile_version=report.profile_version,
        render_ms=report.render_ms,
        voice_activity=_activity(
            report.segments, audio_profile.VOICE_THRESHOLD_DB, audio_profile.MIN_SILENCE_MS
        ),
        voice_changed=report.instead_of is not None,
    )
