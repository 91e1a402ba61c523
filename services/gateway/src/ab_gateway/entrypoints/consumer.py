"""What the gateway hears: jobs that moved, keys and entitlements that changed."""

from __future__ import annotations

from ab_shared.contracts.admin import RoleChanged
from ab_shared.contracts.api_keys import ApiKeyChanged
from ab_shared.contracts.events import EntitlementChanged, JobChanged, KeysRotated, SessionChanged
from ab_shared.contracts.privacy import ErasureRequested, PrivacyJobChanged
from ab_shared.contracts.revoking import KeepRevocation, TokensRevoked
from ab_shared.messaging.ports import Subscriptions

from ab_gateway.usecases.evict_entitlement import EvictEntitlement
from ab_gateway.usecases.evict_role import EvictRole
from ab_gateway.usecases.evict_session import EvictSession
from ab_gateway.usecases.forget_user import ForgetUser
from ab_gateway.usecases.keep_job import KeepJob
from ab_gateway.usecases.revoke_tokens import RevokeTokens
from ab_gateway.usecases.take_new_keys import TakeNewKeys
from ab_gateway.usecases.verify_api_key import VerifyApiKey

# Every process hears every job: the work is one write to the cache, waiting is most of it.
PREFETCH = 100


def subscriptions(
    keep_job: KeepJob,
    take_new_keys: TakeNewKeys,
    evict_entitlement: EvictEntitlement,
    evict_session: EvictSession,
    revoke_tokens: RevokeTokens,
    evict_role: EvictRole,
    api_keys: VerifyApiKey,
    forget_user: ForgetUser,
) -> Subscriptions:
    """The registry; every process hears every one of these events, one of them each command."""

    async def job_changed(event: JobChanged) -> None:
        await keep_job(event.owner_user_id, event.job)

    async def keys_rotated(event: KeysRotated) -> None:
        take_new_keys(event.issuer, event.keys)

    async def privacy_job_changed(event: PrivacyJobChanged) -> None:
        await keep_job(event.user_id, event.job.snapshot())

    async def keep_revocation(command: KeepRevocation) -> None:
        await revoke_tokens(command.revoked)

    heard = Subscriptions()
    heard.on(JobChanged, job_changed, prefetch=PREFETCH)
    heard.on(KeysRotated, keys_rotated, prefetch=PREFETCH)
    heard.on(EntitlementChanged, evict_entitlement, prefetch=PREFETCH)
    heard.on(SessionChanged, evict_session, prefetch=PREFETCH)
    heard.on(TokensRevoked, revoke_tokens, prefetch=PREFETCH)
    heard.on(KeepRevocation, keep_revocation, prefetch=PREFETCH)
    heard.on(RoleChanged, evict_role, prefetch=PREFETCH)
    heard.on(ApiKeyChanged, api_keys.changed, prefetch=PREFETCH)
    heard.on(ErasureRequested, forget_user, prefetch=1)
    heard.on(PrivacyJobChanged, privacy_job_changed, prefetch=PREFETCH)
    return heard
