"""Jobs and assets to answer with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.media import AssetRef

CATALOGUE_ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
BORN = datetime(2026, 1, 5, 12, 30, 15, 123456, tzinfo=UTC)


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
