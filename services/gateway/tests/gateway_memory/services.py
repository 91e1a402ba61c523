"""The services behind the gateway, small."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from ab_shared.contracts import captions, mixdowns, rpc
from ab_shared.contracts.base import Empty
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.privacy import GetPrivacyJob, PrivacyJob, PrivacyJobState
from ab_shared.errors import Conflict, NotFound
from ab_shared.messaging.ports import Subscriptions
from pydantic import SecretStr

from gateway_memory.keys import BUILTIN, Keys
from gateway_memory.media import MediaAnswers
from gateway_memory.samples import BORN, asset, job_of


@dataclass
class Services(MediaAnswers):
    """Auth, session and entitlement in one: rows by id, and every request they were asked."""

    keys: Keys
    asked: list[Any] = field(default_factory=list)
    sessions: dict[UUID, rpc.SessionView] = field(default_factory=dict)
    jobs: dict[UUID, tuple[str, JobSnapshot]] = field(default_factory=dict)
    ready: set[UUID] = field(default_factory=set)
    erasures: dict[UUID, PrivacyJob] = field(default_factory=dict)
    fails_with: Exception | None = None
    job_asked: asyncio.Event = field(default_factory=asyncio.Event)
    believed: tuple[str, ...] = ("ed", "ec")
    # What a test lets a service answer besides, before the gateway starts.
    more: list[tuple[str, type[Any], Callable[[Any], Any]]] = field(default_factory=list)

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
        auth.answer(GetPrivacyJob, self._heard(self._privacy_job))
        served = {"auth": auth, "session": session, "entitlement": entitlement}
        for service, kind, answer in self.more:
            served.setdefault(service, Subscriptions()).answer(kind, self._heard(answer))
        return served

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

    def _privacy_job(self, request: GetPrivacyJob) -> PrivacyJobState:
        if request.job_id not in self.erasures:
            raise NotFound("There is no such job")
        return PrivacyJobState(job=self.erasures[request.job_id])

    def _cancel(self, request: rpc.CancelJob) -> JobSnapshot:
        job = self._job(rpc.GetJob(job_id=request.job_id, user_id=request.user_id))
        if job.status in {"completed", "failed"}:
            raise Conflict("The job is over")
        changes = {"status": "failed", "stage": "cancelled", "error": "Cancelled"}
        stopped = job.model_copy(update={**changes, "version": job.version + 1})
        self.jobs[job.id] = (request.user_id, stopped)
        return stopped
