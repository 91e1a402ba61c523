"""What the session service answers of finished audio."""

from __future__ import annotations

from uuid import UUID

from ab_shared.contracts import captions, mixdowns, rpc
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import Segment
from ab_shared.errors import AudioNotReady, EntitlementRequired

from gateway_memory.samples import asset, job_of


class MediaAnswers:
    """Mixed into ``Services``, whose rows it reads."""

    ready: set[UUID]
    jobs: dict[UUID, tuple[str, JobSnapshot]]

    def _own(self, session_id: UUID, user_id: str | None) -> rpc.SessionView:
        raise NotImplementedError

    def _bundle(self, request: rpc.GetPlaybackBundle) -> rpc.PlaybackBundle:
        self._own(request.session_id, request.user_id)
        if request.session_id not in self.ready:
            raise AudioNotReady("The audio is still in the making")
        stem = f"stems/{'b' * 64}/Babbling Brook.m4a"
        tone = f"stems/{'c' * 64}/beta_low_17hz_400_3min.m4a"
        return rpc.PlaybackBundle(
            session_id=request.session_id,
            track=rpc.Layer(asset=asset(f"tracks/{'a' * 64}/affirmations.m4a"), loudness_lufs=-20),
            background=rpc.Layer(asset=asset(stem), loudness_lufs=-32),
            binaural=rpc.Layer(asset=asset(tone), loudness_lufs=-34, hz=17),
            mix=rpc.Mix(),
            spacing_ms=4000,
            segments=(Segment(start_ms=500, end_ms=2400),),
            threshold_db=-35,
            min_silence_ms=200,
        )

    def _report(self, request: rpc.GetAudioReport) -> rpc.AudioReport:
        self._own(request.session_id, request.user_id)
        return rpc.AudioReport(
            session_id=request.session_id,
            track_address="a" * 64,
            asset=asset("tracks/a"),
            loudness_lufs=-20.05,
            true_peak_dbtp=-1.6,
            engine_mode="splice",
            profile_version="voice-1",
            render_ms=40,
            segments=(Segment(start_ms=1, end_ms=2),),
            voice_to_bed_lu=20.5,
        )

    def _mixdown(self, request: mixdowns.RequestMixdown) -> mixdowns.MixdownState:
        self._own(request.session_id, request.user_id)
        if request.user_id != "user_pro":
            raise EntitlementRequired("Offline files are a part of Pro")
        if request.session_id in self.ready:
            return mixdowns.MixdownState(ready=True)
        job = job_of(request.session_id, type="mixdown")
        self.jobs[job.id] = (request.user_id, job)
        return mixdowns.MixdownState(ready=False, job=job)

    def _download(self, request: mixdowns.GetDownload) -> mixdowns.DownloadManifest:
        self._own(request.session_id, request.user_id)
        track = asset(f"tracks/{'a' * 64}/affirmations.m4a")
        stem = asset(f"stems/{'b' * 64}/Babbling Brook.m4a")
        items = [
            mixdowns.DownloadItem(asset_id="a" * 64, role="affirmations", asset=track),
            mixdowns.DownloadItem(asset_id="babbling-brook", role="background", asset=stem),
        ]
        if request.session_id in self.ready:
            file = asset(f"mixdowns/{'d' * 64}/Wake Up.m4a")
            items.append(mixdowns.DownloadItem(asset_id="d" * 64, role="mixdown", asset=file))
        return mixdowns.DownloadManifest(session_id=request.session_id, items=tuple(items))

    def _captions(self, request: captions.GetCaptions) -> captions.Captions:
        self._own(request.session_id, request.user_id)
        timed = captions.CaptionWord(text="I", start_ms=530, end_ms=640)
        rest = captions.CaptionWord(text="<rest> & breathe", start_ms=900, end_ms=2000)
        first = captions.Cue(line=1, read=1, text="I rest", start_ms=491, end_ms=2790)
        return captions.Captions(
            session_id=request.session_id,
            track_address="a" * 64,
            duration_ms=61_250,
            cues=(
                first.model_copy(update={"words": (timed, rest)}),
                first.model_copy(update={"read": 2, "start_ms": 3_723_004, "end_ms": 3_725_000}),
            ),
        )

    def _waveform(self, request: captions.GetWaveform) -> captions.Waveform:
        self._own(request.session_id, request.user_id)
        return captions.Waveform(
            session_id=request.session_id,
            track_address="a" * 64,
            duration_ms=61_250,
            peaks=(0.0, 0.314, 1.0),
        )
