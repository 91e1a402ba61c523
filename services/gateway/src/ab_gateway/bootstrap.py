"""The one place where the gateway is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import httpx
from ab_shared.contracts.log_levels import LogLevelSet
from ab_shared.errors import SettingsInvalid
from ab_shared.messaging.ports import Caller, Publisher, Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.clock import Clock, utc_now
from ab_shared.runtime.health import Health
from ab_shared.runtime.log_levels import LogLevels
from ab_shared.storage.cdn import CloudFrontUrlSigner, PresignedUrlSigner
from ab_shared.storage.ports import UrlSigner

from ab_gateway.adapters.audit_trail import PublishedTrail
from ab_gateway.adapters.entitlement_cache import EntitlementCache
from ab_gateway.adapters.evicting_caller import EvictingCaller, KeptHere
from ab_gateway.adapters.gathering_caller import GatheringCaller
from ab_gateway.adapters.job_hub import JobHub
from ab_gateway.adapters.kept_answers import KeptAnswers
from ab_gateway.adapters.key_ring import KeyRing
from ab_gateway.adapters.key_sources import (
    ANOTHER_ISSUER,
    CLERK,
    FixedKey,
    VerificationKeys,
    builtin_keys,
    published_keys,
)
from ab_gateway.adapters.local_limiter import LocalLimiter
from ab_gateway.adapters.local_revocations import LocalRevocations
from ab_gateway.adapters.role_cache import RoleCache
from ab_gateway.adapters.shared_cache import SharedCache
from ab_gateway.adapters.stored_answers import AnswerStore
from ab_gateway.adapters.svix_seals import SvixSeals
from ab_gateway.adapters.tokens import JwtVerifier
from ab_gateway.adapters.valkey import SharedStore, check_client, open_client
from ab_gateway.domain.addresses import networks
from ab_gateway.domain.identity import Identity, Issuer
from ab_gateway.domain.rates import Policy
from ab_gateway.domain.webhooks import SharedSecrets
from ab_gateway.entrypoints.consumer import subscriptions
from ab_gateway.entrypoints.http.admin.parts import AdminParts
from ab_gateway.entrypoints.http.library_parts import LibraryParts
from ab_gateway.entrypoints.http.parts import Parts
from ab_gateway.ports import ForgetsUsers, RateLimiter, Revocations, Snapshots, StoredAnswers
from ab_gateway.settings import GatewaySettings
from ab_gateway.usecases.answer_once import AnswerOnce
from ab_gateway.usecases.authenticate_caller import AuthenticateCaller
from ab_gateway.usecases.cancel_job import CancelJob
from ab_gateway.usecases.check_role import CheckRole
from ab_gateway.usecases.create_session import CreateSession
from ab_gateway.usecases.edit_session import EditSession
from ab_gateway.usecases.ensure_audio import EnsureAudio
from ab_gateway.usecases.erase_me import EraseMe
from ab_gateway.usecases.evict_entitlement import EvictEntitlement
from ab_gateway.usecases.evict_role import EvictRole
from ab_gateway.usecases.evict_session import EvictSession
from ab_gateway.usecases.export_me import ExportMe
from ab_gateway.usecases.follow_job import FollowJob
from ab_gateway.usecases.follow_listening import FollowListening
from ab_gateway.usecases.follow_programs import FollowPrograms
from ab_gateway.usecases.forget_user import ForgetUser
from ab_gateway.usecases.keep_devices import KeepDevices
from ab_gateway.usecases.keep_job import KeepJob
from ab_gateway.usecases.keep_library import KeepLibrary
from ab_gateway.usecases.keep_offline import KeepOffline
from ab_gateway.usecases.limit_requests import LimitRequests, Rates
from ab_gateway.usecases.list_sessions import ListSessions
from ab_gateway.usecases.look_after_admins import LookAfterAdmins
from ab_gateway.usecases.look_after_jobs import LookAfterJobs
from ab_gateway.usecases.look_after_numbers import LookAfterNumbers
from ab_gateway.usecases.look_after_privacy import LookAfterPrivacy
from ab_gateway.usecases.look_after_prompts import LookAfterPrompts
from ab_gateway.usecases.look_after_self import LookAfterSelf
from ab_gateway.usecases.look_after_sessions import LookAfterSessions
from ab_gateway.usecases.look_after_texts import LookAfterTexts
from ab_gateway.usecases.look_after_users import LookAfterUsers
from ab_gateway.usecases.look_for_care import LookForCare
from ab_gateway.usecases.notice_callers import NoticeCallers
from ab_gateway.usecases.read_audio_report import ReadAudioReport
from ab_gateway.usecases.read_captions import ReadCaptions
from ab_gateway.usecases.read_entitlement import ReadEntitlement
from ab_gateway.usecases.read_job import ReadJob
from ab_gateway.usecases.read_playback_bundle import ReadPlaybackBundle
from ab_gateway.usecases.read_profile import ReadProfile
from ab_gateway.usecases.read_session import ReadSession
from ab_gateway.usecases.read_usage import ReadUsage
from ab_gateway.usecases.refuse_admin import RefuseAdmin
from ab_gateway.usecases.revoke_tokens import RevokeTokens
from ab_gateway.usecases.share_session import ShareSession
from ab_gateway.usecases.sign_in import SignIn
from ab_gateway.usecases.sign_urls import SignUrls
from ab_gateway.usecases.suggest_title import SuggestTitle
from ab_gateway.usecases.take_identity_webhook import IdentitySource, TakeIdentityWebhook
from ab_gateway.usecases.take_new_keys import TakeNewKeys
from ab_gateway.usecases.take_purchase_webhook import TakePurchaseWebhook
from ab_gateway.usecases.update_profile import UpdateProfile
from ab_gateway.usecases.verify_api_key import VerifyApiKey
from ab_gateway.usecases.write_affirmations import WriteAffirmations


class Shared(Snapshots, Revocations, RateLimiter, ForgetsUsers, Protocol):
    """What gateway processes share."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything the gateway stands on."""

    services: Caller
    shared: Shared
    answers: StoredAnswers
    signer: UrlSigner
    http: httpx.AsyncClient
    now: Clock
    messages: Publisher


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway put together: what routes call, what is heard, who watches jobs, and keys."""

    parts: Parts
    heard: Subscriptions
    hub: JobHub
    rings: tuple[KeyRing, ...]


def assemble(settings: GatewaySettings, outside: Outside) -> Gateway:
    """Wires use cases to what is outside."""
    shared, now = outside.shared, outside.now
    hub = JobHub(settings.max_listeners, settings.max_listeners_per_user)
    kept = _kept(now)
    services = EvictingCaller(GatheringCaller(outside.services), kept)
    rings = _rings(settings, outside)
    revoked, roles = LocalRevocations(now), RoleCache(now)
    api_keys = VerifyApiKey(services, now)
    authenticate = _authenticate(settings, rings, outside, revoked, api_keys)
    revoke = RevokeTokens(revoked, shared, authenticate, hub)
    keep_job = KeepJob(shared, hub, now)
    read_job = ReadJob(services, shared, keep_job, now)
    sign_urls = SignUrls(outside.signer, now, settings.signed_url_seconds)
    once = AnswerOnce(outside.answers)
    parts = Parts(
        authenticate=authenticate,
        limit=_limit(settings, shared),
        trusted_proxies=networks(settings.trusted_proxies),
        sign_in=SignIn(services),
        read_profile=ReadProfile(services),
        write_affirmations=WriteAffirmations(services),
        suggest_title=SuggestTitle(services),
        look_for_care=LookForCare(services),
        update_profile=UpdateProfile(services),
        read_entitlement=ReadEntitlement(services, kept.entitlements),
        read_usage=ReadUsage(services),
        export_me=ExportMe(services, sign_urls),
        create_session=CreateSession(services, once, sign_urls),
        read_session=ReadSession(services, kept.sessions, sign_urls),
        list_sessions=ListSessions(services, kept.lists),
        ensure_audio=EnsureAudio(services, once),
        read_bundle=ReadPlaybackBundle(services, sign_urls),
        read_report=ReadAudioReport(services),
        read_captions=ReadCaptions(services),
        keep_offline=KeepOffline(services, once, sign_urls),
        devices=KeepDevices(services),
        read_job=read_job,
        cancel_job=CancelJob(services, keep_job, once),
        follow_job=FollowJob(read_job, hub),
        take_purchase_webhook=TakePurchaseWebhook(services, _purchase_secrets(settings), now),
        take_identity_webhook=TakeIdentityWebhook(services, _identity_source(settings)),
        admin=_admin(services, roles, once, outside),
        erase_me=EraseMe(services, revoke, keep_job, now),
        library=_library(services, once, sign_urls),
        listening=FollowListening(services, now),
        selves=LookAfterSelf(services),
        programs=FollowPrograms(services, now),
    )
    heard = subscriptions(
        keep_job,
        _new_keys(settings, rings, authenticate),
        EvictEntitlement(kept.entitlements),
        EvictSession(kept.sessions, kept.lists),
        revoke,
        EvictRole(roles),
        api_keys,
        ForgetUser((kept, shared), outside.messages),
    )
    return Gateway(parts, heard, hub, tuple(rings.values()))


def _kept(now: Clock) -> KeptHere:
    return KeptHere(
        EntitlementCache(now), KeptAnswers("session", now), KeptAnswers("session list", now)
    )


def _new_keys(
    settings: GatewaySettings, rings: dict[str, KeyRing], authenticate: AuthenticateCaller
) -> TakeNewKeys:
    # Only the built-in issuer tells of new keys; the others are asked.
    builtin = [rings[i.issuer] for i in settings.token_issuers if i.kind == "builtin"]
    return TakeNewKeys(builtin, authenticate)


def _library(services: Caller, once: AnswerOnce, sign_urls: SignUrls) -> LibraryParts:
    return LibraryParts(
        edit=EditSession(services, once, sign_urls),
        keep=KeepLibrary(services, once, sign_urls),
        links=ShareSession(services, once, sign_urls),
    )


def _admin(services: Caller, roles: RoleCache, once: AnswerOnce, outside: Outside) -> AdminParts:
    refuse = RefuseAdmin(PublishedTrail(outside.messages), outside.now)
    return AdminParts(
        check_role=CheckRole(services, roles, refuse),
        admins=LookAfterAdmins(services, roles),
        users=LookAfterUsers(services, once),
        jobs=LookAfterJobs(services, once),
        privacy=LookAfterPrivacy(services),
        sessions=LookAfterSessions(services, once),
        numbers=LookAfterNumbers(services, once, outside.now),
        prompts=LookAfterPrompts(services),
        texts=LookAfterTexts(services),
    )


def _rings(settings: GatewaySettings, outside: Outside) -> dict[str, KeyRing]:
    """A ring for each issuer whose keys are somewhere else."""
    issuers = [issuer for issuer in settings.token_issuers if issuer.kind != "pem"]
    return {i.issuer: _ring(i, outside, clerk=settings.clerk_issuer) for i in issuers}


def _ring(issuer: Issuer, outside: Outside, *, clerk: str | None) -> KeyRing:
    if issuer.kind == "builtin":
        return KeyRing(issuer.issuer, builtin_keys(outside.services))
    vendor = CLERK if issuer.issuer == clerk else ANOTHER_ISSUER
    return KeyRing(issuer.issuer, published_keys(outside.http, issuer.keys_url, vendor=vendor))


def _authenticate(
    settings: GatewaySettings,
    rings: dict[str, KeyRing],
    outside: Outside,
    revoked: LocalRevocations,
    api_keys: VerifyApiKey,
) -> AuthenticateCaller:
    issuers = {issuer.issuer: issuer for issuer in settings.token_issuers}
    user = settings.dev_default_user
    developer = Identity(user, "development") if user else None
    fixed = {i.issuer: FixedKey(i.issuer, i.pem) for i in settings.token_issuers if i.pem}
    keys: dict[str, VerificationKeys] = {**rings, **fixed}
    verifier = NoticeCallers(
        JwtVerifier(issuers, keys),
        frozenset(i.issuer for i in settings.token_issuers if i.kind != "builtin"),
        outside.messages,
        PublishedTrail(outside.messages),
        outside.now,
    )
    shared, now = outside.shared, outside.now
    return AuthenticateCaller(verifier, revoked, shared, now, developer, api_keys)


def _limit(settings: GatewaySettings, shared: Shared) -> LimitRequests:
    rates = Rates(
        default=Policy("burst", settings.rate_limit_per_minute),
        create=Policy("create", settings.rate_limit_create_per_minute),
        write=Policy("generate", settings.rate_limit_generate_per_minute),
        account=Policy("auth-account", settings.rate_limit_auth_per_minute),
        origin=Policy("auth-address", settings.rate_limit_auth_per_address_per_minute),
        webhook=Policy("webhook", settings.rate_limit_webhooks_per_minute),
        admin=Policy("admin", settings.rate_limit_admin_per_minute),
    )
    return LimitRequests(shared, LocalLimiter(), rates)


def _purchase_secrets(settings: GatewaySettings) -> SharedSecrets | None:
    fixed = (
        settings.revenuecat_webhook_authorization,
        settings.revenuecat_webhook_authorization_before,
    )
    signing = (settings.revenuecat_webhook_secret, settings.revenuecat_webhook_secret_before)
    if fixed[0] is None:
        return None
    return SharedSecrets(
        tuple(one.get_secret_value() for one in fixed if one),
        tuple(one.get_secret_value() for one in signing if one),
        settings.revenuecat_signature_header,
    )


def _identity_source(settings: GatewaySettings) -> IdentitySource | None:
    if not settings.clerk_webhook_secrets:
        return None
    secrets = [secret.get_secret_value() for secret in settings.clerk_webhook_secrets]
    issuer = next(i for i in settings.token_issuers if i.issuer == settings.clerk_issuer)
    return IdentitySource(issuer, SvixSeals(secrets))


def url_signer(settings: GatewaySettings) -> UrlSigner:
    """CloudFront where it is configured, else the S3 store itself."""
    cdn = (settings.cloudfront_domain, settings.cloudfront_key_pair_id)
    if settings.cloudfront_private_key and cdn[0] and cdn[1]:
        return CloudFrontUrlSigner(cdn[0], cdn[1], settings.cloudfront_private_key)
    if not (settings.aws_access_key_id and settings.aws_secret_access_key):
        raise SettingsInvalid("Nothing to sign media URLs with")
    store = settings.aws_endpoint_url_s3 or f"https://s3.{settings.aws_region}.amazonaws.com"
    return PresignedUrlSigner(
        settings.media_public_base_url or store,
        settings.aws_s3_bucket_name,
        region=settings.aws_region,
        access_key_id=settings.aws_access_key_id,
        secret_access_key=settings.aws_secret_access_key,
    )


@asynccontextmanager
async def running(settings: GatewaySettings, health: Health) -> AsyncIterator[Gateway]:
    """The gateway at work inside the block; afterwards it has drained."""
    async with AsyncExitStack() as stack:
        client = open_client(settings.valkey_url.get_secret_value())
        stack.push_async_callback(client.aclose)
        http = await stack.enter_async_context(httpx.AsyncClient())
        bus = RabbitBus(settings.rabbitmq_url.get_secret_value(), "gateway")
        stack.push_async_callback(bus.close)
        await bus.begin()
        health.add("rabbitmq", bus.check)
        # Every use of it has a way to go on without: no reason to be sent no requests.
        health.add("valkey", partial(check_client, client), vital=False)
        cache = SharedCache()
        shared, answers = SharedStore(client, cache), AnswerStore(client, cache)
        outside = Outside(bus, shared, answers, url_signer(settings), http, utc_now, bus)
        gateway = assemble(settings, outside)
        for ring in gateway.rings:
            stack.callback(ring.close)
        levels = LogLevels("gateway", settings.log_level)
        stack.callback(levels.close)
        gateway.heard.on(LogLevelSet, levels.take)
        await bus.serve(gateway.heard)
        stack.push_async_callback(bus.drain, settings.drain_seconds)
        yield gateway
