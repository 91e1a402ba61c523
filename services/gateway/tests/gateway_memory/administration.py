"""Auth, session and entitlement as administrators know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from ab_shared.contracts import admin, audit, job_desk, privacy, usage
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.errors import Conflict, DependencyUnavailable, NotFound

from gateway_memory.desk import DeskAnswers
from gateway_memory.prompting import prompt_answers
from gateway_memory.samples import BORN, job_of
from gateway_memory.services import Services
from gateway_memory.texts import text_answers

LISTENER = "user_listener"
ADDRESS = "ada@example.org"


@dataclass
class Administration:
    """Roles by user, jobs by id; ``away`` is auth that does not answer."""

    services: Services
    roles: dict[str, admin.HeldRole] = field(default_factory=dict)
    jobs: dict[UUID, JobSnapshot] = field(default_factory=dict)
    deeds: list[Any] = field(default_factory=list)
    entries: int = 5
    away: bool = False

    def __post_init__(self) -> None:
        self.desk = DeskAnswers(self.deeds, LISTENER)
        self.services.more += [
            ("auth", admin.GetRole, self._role),
            ("auth", admin.ListAdmins, self._admins),
            ("auth", admin.GrantRole, self._grant),
            ("auth", admin.RevokeRole, self._revoke),
            ("auth", admin.FindUser, self._found),
            ("auth", audit.ListAudit, self._trail),
            ("entitlement", usage.ShowQuota, lambda _: quota()),
            ("entitlement", usage.CorrectQuota, self._correct),
            ("auth", privacy.ListPrivacyJobs, self._privacy_jobs),
            ("auth", privacy.RetryPrivacyJob, self._retried),
            ("session", job_desk.ListJobs, self._jobs),
            ("session", job_desk.StopJob, self._deed),
            ("session", job_desk.RequeueJob, self._deed),
            *prompt_answers(self.deeds),
            *text_answers(self.deeds),
            ("auth", privacy.RequestErasure, self._erase),
            *self.desk.answers(),
        ]

    def add_job(self, **changes: Any) -> JobSnapshot:
        job = job_of(uuid4(), **changes)
        self.jobs[job.id] = job
        return job

    def hold(self, user_id: str, role: admin.Role | None) -> admin.HeldRole:
        before = self.roles.get(user_id)
        held = admin.HeldRole(
            user_id=user_id, role=role, version=before.version + 1 if before else 1
        )
        self.roles[user_id] = held
        return held

    def _role(self, request: admin.GetRole) -> admin.HeldRole:
        if self.away:
            raise DependencyUnavailable("auth is away")
        return self.roles.get(request.user_id, admin.HeldRole(user_id=request.user_id))

    def _admins(self, _: admin.ListAdmins) -> admin.Admins:
        rows = [
            admin.Admin(
                user_id=one.user_id,
                role=one.role,
                granted_by="jo",
                granted_at=BORN,
                version=one.version,
            )
            for one in self.roles.values()
            if one.role is not None
        ]
        return admin.Admins(admins=tuple(rows))

    def _user_of(self, person: admin.Person) -> str:
        if person.email is not None and person.email.get_secret_value() == ADDRESS:
            return LISTENER
        if person.user_id == LISTENER or person.user_id in self.roles:
            return str(person.user_id)
        raise NotFound("There is no such user here")

    def _grant(self, request: admin.GrantRole) -> admin.HeldRole:
        self.deeds.append(request)
        return self.hold(self._user_of(request.person), request.role)

    def _revoke(self, request: admin.RevokeRole) -> admin.HeldRole:
        self.deeds.append(request)
        user_id = self._user_of(request.person)
        if user_id == request.actor:
            raise Conflict("This is the last administrator: make another one first")
        return self.hold(user_id, None)

    def _found(self, request: admin.FindUser) -> admin.FoundUser:
        user_id = self._user_of(request.person)
        held = self.roles.get(user_id)
        return admin.FoundUser(
            user_id=user_id,
            role=held.role if held else None,
            timezone="UTC",
            created_at=BORN,
            issuers=("https://auth.example.test",),
        )

    def _trail(self, request: audit.ListAudit) -> audit.AuditPage:
        self.deeds.append(request)
        last = request.before or self.entries + 1
        numbers = range(last - 1, max(0, last - 1 - request.limit), -1)
        entries = tuple(entry(number) for number in numbers)
        more = entries and entries[-1].number > 1
        return audit.AuditPage(entries=entries, next_before=entries[-1].number if more else None)

    def _correct(self, request: usage.CorrectQuota) -> usage.Quota:
        self.deeds.append(request)
        return quota()

    def _jobs(self, request: job_desk.ListJobs) -> job_desk.JobRows:
        self.deeds.append(request)
        if request.job_id is not None:
            found = [job for job in self.jobs.values() if job.id == request.job_id]
            return job_desk.JobRows(jobs=tuple(row(job) for job in found))
        shown = tuple(row(job) for job in self.jobs.values())[: request.limit]
        more = len(self.jobs) > request.limit and request.before is None
        return job_desk.JobRows(jobs=shown, next_before=BORN if more else None)

    def _privacy_jobs(self, request: privacy.ListPrivacyJobs) -> privacy.PrivacyJobRows:
        self.deeds.append(request)
        row = privacy.PrivacyJobRow(
            job=erasure(uuid4()), subject="f" * 64, requested_by="user", waits_for=("tts",)
        )
        return privacy.PrivacyJobRows(jobs=(row,), next_before=BORN)

    def _erase(self, request: privacy.RequestErasure) -> privacy.PrivacyJobState:
        self.deeds.append(request)
        return privacy.PrivacyJobState(job=erasure(uuid4()))

    def _retried(self, request: privacy.RetryPrivacyJob) -> privacy.PrivacyJobState:
        self.deeds.append(request)
        return privacy.PrivacyJobState(job=erasure(request.job_id))

    def _deed(self, request: job_desk.StopJob | job_desk.RequeueJob) -> JobSnapshot:
        self.deeds.append(request)
        if request.job_id not in self.jobs:
            raise NotFound("There is no such job")
        return self.jobs[request.job_id]


def erasure(job_id: UUID) -> privacy.PrivacyJob:
    return privacy.PrivacyJob(
        id=job_id,
        kind="erasure",
        state="processing",
        stage="erasing",
        progress=0.5,
        created_at=BORN,
        version=2,
    )


def row(job: JobSnapshot) -> job_desk.JobRow:
    return job_desk.JobRow(job=job, owner_user_id=LISTENER, attempt=1, revivals=0, moved_at=BORN)


def entry(number: int) -> audit.StoredAuditEntry:
    return audit.StoredAuditEntry(
        number=number,
        id=f"m{number}",
        correlation_id="c",
        actor="user_admin",
        actor_kind="admin",
        action="job.cancel",
        subject="job:1",
        before={"stage": "speaking"},
        after={"stage": "cancelled"},
        request_id="qLxTnWcVbZpRsKdM",
        occurred_at=BORN,
    )


def quota() -> usage.Quota:
    report = usage.UsageReport(
        plan="free",
        day=date(2026, 1, 5),
        resets_at=datetime(2026, 1, 6, tzinfo=UTC),
        spent=usage.Spent(generations=1),
        daily_generations=2,
        remaining_today=1,
        daily_characters=None,
        daily_rendered_seconds=None,
    )
    line = usage.LedgerLine(
        at=BORN + timedelta(minutes=1),
        day=report.day,
        kind="correct",
        amount=-1,
        actor="user_admin",
        reason="A track that never played",
    )
    return usage.Quota(usage=report, balance=0, drift=0, lines=(line,))
