"""Asks again at once for all that an erasure waits for, because an operator says so."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.privacy import ErasureRequested, PrivacyJobState, RetryPrivacyJob
from ab_shared.errors import Conflict, NotFound
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited

from ab_auth.domain.erasure import asked_again, waits_for
from ab_auth.domain.privacy_job import public
from ab_auth.privacy_ports import PrivacyStore


@dataclass(frozen=True, slots=True)
class RetryErasure:
    """Whoever has reported answers the same again; nothing is erased twice."""

    store: PrivacyStore
    clock: Clock

    async def __call__(self, request: RetryPrivacyJob) -> PrivacyJobState:
        """The job as it stands.

        Raises:
            NotFound: there is no such erasure.
            Conflict: it is over.
        """
        async with self.store.begin() as unit:
            record = await unit.privacy_job(request.job_id, hold=True)
            if record is None or record.kind != "erasure":
                raise NotFound("There is no such erasure")
            if record.user_id is None:
                raise Conflict("This erasure is over")
            await unit.keep_erasure(asked_again(record, self.clock()))
            again = ErasureRequested(erasure_id=record.id, user_id=record.user_id)
            await unit.send(again)
            await unit.send(
                audited(
                    "erasure.retry",
                    f"erasure:{record.id}",
                    request.actor,
                    request.actor_kind,
                    before={"waits_for": list(waits_for(record)), "asked": record.asked},
                    reason=request.reason,
                )
            )
        return PrivacyJobState(job=public(record))
