"""Lets watchers know how an erasure stands."""

from __future__ import annotations

from ab_shared.contracts.privacy import PrivacyJobChanged
from ab_shared.database.ports import UnitOfWork

from ab_auth.domain.privacy_job import PrivacyRecord, public


async def tell_privacy_job(unit: UnitOfWork, record: PrivacyRecord) -> None:
    """Without a name: whoever knows the id of an erasure may watch it."""
    await unit.send(PrivacyJobChanged(job=public(record)))
