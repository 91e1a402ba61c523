"""The erasure of a person: a state machine of pure values.

::

    (asked for, auth has erased) ──▶ erasing ──▶ ready
                                      │  ▲
                                      └──┘ a service reports, or is asked again

It cannot fail: whoever has not reported is asked again, for ever, and operators see it wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ab_shared.contracts.privacy import Requester

from ab_auth.domain.privacy_job import PrivacyRecord

# Who always reports; how often tts and stitching do, session says.
ALWAYS: tuple[str, ...] = ("gateway", "session", "entitlement")
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
# 30 s doubled seven times is more than an hour.
MOST_DOUBLINGS = 7
# The bar reaches its end when everybody has reported, not a moment earlier.
_NEARLY = 0.99


def begin_erasure(
    erasure_id: UUID,
    user_id: str,
    proof: str,
    *,
    by: Requester,
    own_counts: Mapping[str, int],
    at: datetime,
) -> PrivacyRecord:
    """An erasure that auth has done its own part of."""
    return PrivacyRecord(
        id=erasure_id,
        kind="erasure",
        proof=proof,
        requested_by=by,
        requested_at=at,
        user_id=user_id,
        state="processing",
        stage="erasing",
        started_at=at,
        due_at=at + FIRST_PAUSE,
        asked=1,
        reports={"auth": {"0": dict(own_counts)}},
    )


def waits_for(record: PrivacyRecord) -> tuple[str, ...]:
    """The services that have not reported all they have to, sorted."""
    awaited = {**dict.fromkeys(ALWAYS, 1), **record.parts}
    return tuple(
        sorted(
            service
            for service, parts in awaited.items()
            if any(str(part) not in record.reports.get(service, {}) for part in range(parts))
        )
    )


def reported(
    record: PrivacyRecord,
    service: str,
    part: int,
    counts: Mapping[str, int],
    parts: Mapping[str, int],
    at: datetime,
) -> PrivacyRecord:
    """The erasure after a report; the same object when it is no news, or comes after the end.

    Who says the same again may count less the second time: the first count of a part stays.
    """
    if not record.live:
        return record
    before = record.reports.get(service, {})
    awaited = {**record.parts}
    for other, number in parts.items():
        awaited[other] = max(number, awaited.get(other, 0))
    if str(part) in before and awaited == dict(record.parts):
        return record
    mine = {str(part): dict(counts), **before}
    after = replace(
        record,
        reports={**record.reports, service: mine},
        parts=awaited,
        version=record.version + 1,
    )
    if not waits_for(after):
        return _finished(after, at)
    return replace(after, progress=max(record.progress, min(_share(after), _NEARLY)))


def asked_again(record: PrivacyRecord, at: datetime) -> PrivacyRecord:
    """The erasure after everybody it waits for was asked once more; pauses double."""
    pause = FIRST_PAUSE * 2 ** min(record.asked - 1, MOST_DOUBLINGS)
    due_at = at + min(pause, LONGEST_PAUSE)
    return replace(record, asked=record.asked + 1, due_at=due_at)


def _share(record: PrivacyRecord) -> float:
    awaited = {**dict.fromkeys(ALWAYS, 1), **record.parts}
    done = sum(
        str(part) in record.reports.get(service, {})
        for service, parts in awaited.items()
        for part in range(parts)
    )
    return done / sum(awaited.values())


def _finished(record: PrivacyRecord, at: datetime) -> PrivacyRecord:
    # From here on nothing says whose it was but the proof, to whoever has the key and the id.
    return replace(
        record,
        user_id=None,
        issuer=None,
        state="completed",
        stage="ready",
        progress=1.0,
        finished_at=at,
        due_at=None,
    )
