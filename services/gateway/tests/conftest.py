"""The gateway over a broker in memory, with small stand-ins for the services behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from ab_gateway.adapters.local_limiter import LocalLimiter
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Policy
from ab_shared.contracts import captions, mixdowns, rpc
from ab_shared.contracts.base import Empty
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import AssetRef, Segment
from ab_shared.errors import (
    AudioNotReady,
    Conflict,
    DependencyUnavailable,
    EntitlementRequired,
    NotFound,
)
from ab_shared.messaging.ports import Subscriptions
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from pydantic import SecretStr

BUILTIN = "https://auth.example.test"
CLERK = "https://clerk.example.test"
CATALOGUE_ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
BORN = datetime(2026, 1, 5, 12, 30, 15, 123456, tzinfo=UTC)


class MemoryStore:
    """Implements what ``SharedStore`` does; ``down`` makes every call fail as a lost cache does."""

    def __init__(self) -> None:
        self.jobs: dict[UUID, KeptJob] = {}
        self.keys: dict[str, str] = {}
        self.down = False
        self._limiter = LocalLimiter()

    async def keep(self, job: KeptJob) -> bool:
        self._refuse()
        held = self.jobs.get(job.snapshot.id)
        if held is not None and held.snapshot.version > job.snapshot.version:
            return False
        self.jobs[job.snapshot.id] = job
        return True

    async def get(self, job_id: UUID) -> KeptJob | None:
        self._refuse()
        return self.jobs.get(job_id)

    async def claim(self, slot: str, fingerprint: str) -> str | None:
        self._refuse()
        before = self.keys.get(slot)
        self.keys.setdefault(slot, fingerprint)
        return before

    async def release(self, slot: str) -> None:
        self._refuse()
        self.keys.pop(slot, None)

    async def take(self, policy: Policy, subject: str) -> Allowance:
        self._refuse()
        return await self._limiter.take(policy, subject)

    def _refuse(self) -> None:
        if self.down:
            raise DependencyUnavailable("The shared cache is away")


class Keys:
    """Private keys of the issuers, and what is published of them."""

    def __init__(self) -> None:
        self.private: dict[str, Any] = {
            "ed": ed25519.Ed25519PrivateKey.generate(),
            "ec": ec.generate_private_key(ec.SECP256R1()),
            "rsa": rsa.generate_private_key(65537, 2048),
            "foreign": ed25519.Ed25519PrivateKey.generate(),
        }

    def published(self, kid: str) -> PublicKey:
        key = self.private[kid].public_key()
        algorithm = {"ec": "ES256", "rsa": "RS256"}.get(kid, "EdDSA")
        jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key, as_dict=True)
        return PublicKey(kid=kid, jwk={k: v for k, v in jwk.items() if isinstance(v, str)})

    def token(self, user: str = "user_1", *, kid: str = "ed", **changes: Any) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": BUILTIN,
            "sub": user,
            "iat": now,
            "nbf": now,
            "exp": now + 600,
        }
        signer = changes.pop("signer", kid)
        headers = changes.pop("headers", {"kid": kid})
        claims = {k: v for k, v in {**claims, **changes}.items() if v is not None}
        algorithm = {"ec": "ES256", "rsa": "RS256"}.get(signer, "EdDSA")
        return jwt.encode(claims, self.private[signer], algorithm, headers=headers)


def job_of(session_id: UUID, version: int = 1, **changes: Any) -> JobSnapshot:
    base = JobSnapshot(
        id=uuid4(),
        status="pending",
        stage="queued",
        progress=0.0,
        session_id=session_id,
        created_at=BORN,
        version=version,
    )
    return base.model_copy(update=changes)


def asset(key: str) -> AssetRef:
    return AssetRef(key=key, bytes=10, sha256="0" * 64, duration_ms=24_000)


@dataclass
class Services:
    """Auth, session and entitlement in one: rows by id, and every request they were asked."""

    keys: Keys
    asked: list[Any] = field(default_factory=list)
    sessions: dict[UUID, rpc.SessionView] = field(default_factory=dict)
    jobs: dict[UUID, tuple[str, JobSnapshot]] = field(default_factory=dict)
    ready: set[UUID] = field(default_factory=set)
    fails_with: Exception | None = None
    job_asked: asyncio.Event = field(default_factory=asyncio.Event)
    believed: tuple[str, ...] = ("ed", "ec")

    def asked_for(self, kind: type[Any]) -> list[Any]:
        return [request for request in self.asked if isinstance(request, kind)]

    def add_session(self, owner: str | None, session_id: UUID | None = None) -> UUID:
        made = session_id or uuid4()
        self.sessions[made] = rpc.SessionView(
            id=made,
            owner_user_id=owner,
            source="user" if owner else "catalog",
            title="Wake Up",
            lines=("I rise with ease",),
            voice_id="alloy",
            frequency_hz=17.0,
            version=1,
            brainwave_state="Beta",
            created_at=BORN,
            updated_at=BORN,
        )
        return made

    def subscriptions(self) -> dict[str, Subscriptions]:
        auth, session, entitlement = Subscriptions(), Subscriptions(), Subscriptions()
        auth.answer(rpc.GetSigningKeys, self._heard(self._signing_keys))
        auth.answer(rpc.Register, self._heard(self._signed_in))
        auth.answer(rpc.Login, self._heard(self._signed_in))
        auth.answer(rpc.Refresh, self._heard(self._signed_in))
        auth.answer(rpc.Logout, self._heard(self._logged_out))
        auth.answer(rpc.GetProfile, self._heard(self._profile))
        entitlement.answer(rpc.GetEntitlement, self._heard(self._entitlement))
        session.answer(rpc.CreateSession, self._heard(self._create))
        session.answer(rpc.GetSession, self._heard(self._session))
        session.answer(rpc.ListSessions, self._heard(self._list))
        session.answer(rpc.EnsureAudio, self._heard(self._ensure))
        session.answer(rpc.GetJob, self._heard(self._job))
        session.answer(rpc.CancelJob, self._heard(self._cancel))
        session.answer(rpc.GetPlaybackBundle, self._heard(self._bundle))
        session.answer(rpc.GetAudioReport, self._heard(self._report))
        session.answer(captions.GetCaptions, self._heard(self._captions))
        session.answer(captions.GetWaveform, self._heard(self._waveform))
        session.answer(mixdowns.RequestMixdown, self._heard(self._mixdown))
        session.answer(mixdowns.GetDownload, self._heard(self._download))
        return {"auth": auth, "session": session, "entitlement": entitlement}

    def _heard(self, answer: Callable[[Any], Any]) -> Any:
        async def answering(request: Any) -> Any:
            self.asked.append(request)
            if isinstance(request, rpc.GetJob):
                self.job_asked.set()
            if self.fails_with is not None and not isinstance(request, rpc.GetSigningKeys):
                raise self.fails_with
            return answer(request)

        return answering

    def _signing_keys(self, _: rpc.GetSigningKeys) -> rpc.SigningKeys:
        keys = tuple(self.keys.published(kid) for kid in self.believed)
        return rpc.SigningKeys(issuer=BUILTIN, keys=keys)

    def _signed_in(self, _: Any) -> rpc.TokenPair:
        access = SecretStr(self.keys.token("user_new"))
        return rpc.TokenPair(
            user_id="user_new", access_token=access, refresh_token=SecretStr("r.1"), expires_in=900
        )

    def _logged_out(self, _: rpc.Logout) -> Empty:
        return Empty()

    def _profile(self, request: rpc.GetProfile) -> rpc.Profile:
        return rpc.Profile(user_id=request.user_id, created_at=BORN)

    def _entitlement(self, request: rpc.GetEntitlement) -> rpc.Entitlement:
        if request.user_id == "user_pro":
            return rpc.Entitlement(
                plan="pro",
                status="active",
                renews_at=BORN,
                source="internal",
                daily_generations=None,
                remaining_today=None,
                offline_downloads=True,
            )
        return rpc.Entitlement(
            plan="free",
            status="active",
            daily_generations=2,
            remaining_today=0,
            offline_downloads=False,
        )

    def _create(self, request: rpc.CreateSession) -> rpc.CreatedSession:
        created = request.session_id not in self.sessions
        if created:
            self.add_session(request.user_id, request.session_id)
            job = job_of(request.session_id)
            self.jobs[job.id] = (request.user_id, job)
        job = next(j for _, j in self.jobs.values() if j.session_id == request.session_id)
        view = self.sessions[request.session_id]
        return rpc.CreatedSession(session=view, job=job, created=created)

    def _own(self, session_id: UUID, user_id: str | None) -> rpc.SessionView:
        view = self.sessions.get(session_id)
        if view is None or view.owner_user_id not in {None, user_id}:
            raise NotFound("There is no such session")
        return view

    def _session(self, request: rpc.GetSession) -> rpc.SessionView:
        view = self._own(request.session_id, request.user_id)
        if request.session_id not in self.ready:
            return view
        track = asset(f"tracks/{'a' * 64}/affirmations.m4a")
        audio = rpc.SessionAudio(track=track, track_address="a" * 64, generated_at=BORN)
        return view.model_copy(update={"audio": audio})

    def _list(self, request: rpc.ListSessions) -> rpc.SessionPage:
        owners = {None, request.user_id}
        rows = [s for s in self.sessions.values() if s.owner_user_id in owners]
        summaries = tuple(rpc.SessionSummary(id=s.id, title=s.title) for s in rows)
        return rpc.SessionPage(sessions=summaries[: request.limit], has_more=False)

    def _ensure(self, request: rpc.EnsureAudio) -> rpc.AudioState:
        self._own(request.session_id, request.user_id)
        if request.session_id in self.ready:
            return rpc.AudioState(ready=True)
        return rpc.AudioState(ready=False, job=job_of(request.session_id))

    def _job(self, request: rpc.GetJob) -> JobSnapshot:
        owner, job = self.jobs.get(request.job_id, (None, None))
        if job is None or owner != request.user_id:
            raise NotFound("There is no such job")
        return job

    def _cancel(self, request: rpc.CancelJob) -> JobSnapshot:
        job = self._job(rpc.GetJob(job_id=request.job_id, user_id=request.user_id))
        if job.status in {"completed", "failed"}:
            raise Conflict("The job is over")
        changes = {"status": "failed", "stage": "cancelled", "error": "Cancelled"}
        stopped = job.model_copy(update={**changes, "version": job.version + 1})
        self.jobs[job.id] = (request.user_id, stopped)
        return stopped

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


@pytest.fixture(scope="session")
def keys() -> Keys:
    return Keys()


@pytest.fixture
def services(keys: Keys) -> Services:
    return Services(keys)


@pytest.fixture
def new_job() -> Callable[..., JobSnapshot]:
    return job_of


@pytest.fixture
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def aged() -> Callable[[KeptJob, float], KeptJob]:
    """A kept job as it would look had it been kept some seconds earlier."""
    return lambda kept, seconds: replace(kept, kept_at=kept.kept_at - seconds)
