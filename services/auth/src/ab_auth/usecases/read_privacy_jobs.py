"""Answers how erasures and exports stand: to their owners, and to those who run the stack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ab_shared.contracts.privacy import (
    GetPrivacyJob,
    ListPrivacyJobs,
    PrivacyJobRow,
    PrivacyJobRows,
    PrivacyJobState,
)
from ab_shared.errors import NotFound
from ab_shared.runtime.clock import Clock

from ab_auth.domain.erasure import waits_for
from ab_auth.domain.privacy_job import PrivacyRecord, proof_of, public
from ab_auth.privacy_ports import PrivacyStore

# Whoever was erased has no token left to read it with: the id alone opens it, for a day.
READABLE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReadPrivacyJob:
    """One job."""

    store: PrivacyStore
    clock: Clock

    async def __call__(self, request: GetPrivacyJob) -> PrivacyJobState:
        """NotFound for somebody else's export, and for an erasure of more than a day ago."""
        async with self.store.begin() as unit:
            record = await unit.privacy_job(request.job_id)
        if record is None or not self._readable(record, request.user_id):
            raise NotFound("There is no such job")
        return PrivacyJobState(job=public(record))

    def _readable(self, record: PrivacyRecord, user_id: str | None) -> bool:
        if record.kind == "export":
            return user_id is not None and record.user_id == user_id
        return record.finished_at is None or self.clock() - record.finished_at < READABLE


@dataclass(frozen=True, slots=True)
class ListPrivacy:
    """Everybody's jobs; who is looked for by id is found after the erasure too, by the proof."""

    store: PrivacyStore
    proof_key: bytes
    keys_before: tuple[bytes, ...] = ()

    async def __call__(self, request: ListPrivacyJobs) -> PrivacyJobRows:
        """A page, newest first."""
        keys = (self.proof_key, *self.keys_before) if request.user_id else ()
        proofs = [proof_of(key, request.user_id) for key in keys if request.user_id]
        async with self.store.begin() as unit:
            found = await unit.privacy_jobs(request, proofs)
        page = found[: request.limit]
        more = len(found) > request.limit
        return PrivacyJobRows(
            jobs=tuple(_row(record) for record in page),
            next_before=page[-1].requested_at if more else None,
        )


def _row(record: PrivacyRecord) -> PrivacyJobRow:
    counts: dict[str, dict[str, int]] = {}
    for service, parts in record.reports.items():
        total: dict[str, int] = {}
        for part in parts.values():
            for kind, number in part.items():
                total[kind] = total.get(kind, 0) + number
        counts[service] = total
    erasing = record.kind == "erasure" and record.live
    return PrivacyJobRow(
        job=public(record),
        subject=record.user_id or f"erased:{record.proof}",
        requested_by=record.requested_by,
        waits_for=waits_for(record) if erasing else (),
        counts=counts,
        asked=record.asked,
    )
