"""What the auth service hears about erasures."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import privacy
from ab_shared.messaging.ports import Subscriptions

from ab_auth.usecases.read_privacy_jobs import ListPrivacy, ReadPrivacyJob
from ab_auth.usecases.record_erased import RecordErased
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.retry_erasure import RetryErasure
from ab_auth.usecases.revive_erasures import ReviveErasures


@dataclass(frozen=True, slots=True)
class PrivacyDesk:
    """The use cases behind it; ``revive`` is not asked for, it is done again and again."""

    erase: RequestErasure
    erased: RecordErased
    read: ReadPrivacyJob
    everything: ListPrivacy
    retry: RetryErasure
    revive: ReviveErasures


def hear_privacy(heard: Subscriptions, desk: PrivacyDesk) -> Subscriptions:
    """Adds it to what is heard already."""
    heard.answer(privacy.RequestErasure, desk.erase)
    heard.answer(privacy.GetPrivacyJob, desk.read)
    heard.answer(privacy.ListPrivacyJobs, desk.everything)
    heard.answer(privacy.RetryPrivacyJob, desk.retry)
    heard.on(privacy.Erased, desk.erased)
    return heard
