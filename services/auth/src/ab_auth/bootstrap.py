"""The one place where the auth service is put together."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.messaging.ports import Subscriptions
from ab_shared.runtime.chores import sweeping
from ab_shared.runtime.clock import utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import Backbone, open_backbone
from ab_shared.storage.s3 import ObjectStore

from ab_auth.adapters.archive import StoredArchives
from ab_auth.adapters.argon2id import Argon2Passwords
from ab_auth.adapters.clerk import ClerkUsers
from ab_auth.adapters.ed25519 import Ed25519Keys, Ed25519Signer
from ab_auth.adapters.export_rows import PostgresExports
from ab_auth.adapters.export_sources import all_sources
from ab_auth.adapters.hidden_marks import HiddenMarks
from ab_auth.adapters.people_counts import PostgresCounts
from ab_auth.adapters.personal_rows import PostgresOwnRecords
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.adapters.privacy_metrics import watch_erasures
from ab_auth.adapters.privacy_rows import PostgresPrivacyStore
from ab_auth.domain.signing_keys import MARGIN, Rotation
from ab_auth.entrypoints.consumer import AuditDesk, BuiltinIssuer, RoleDesk, subscriptions
from ab_auth.entrypoints.exporting import ExportDesk, hear_exports
from ab_auth.entrypoints.identities import IdentityDesk, comparing, hear_identities
from ab_auth.entrypoints.keys import ApiKeyDesk, IssuerDesk, hear_keys
from ab_auth.entrypoints.privacy import PrivacyDesk, hear_privacy
from ab_auth.entrypoints.profiles import hear_profiles
from ab_auth.entrypoints.user_desk import hear_user_desk
from ab_auth.identity_ports import Erasing
from ab_auth.ports import Directory, Store
from ab_auth.settings import AuthSettings, key_bytes
from ab_auth.usecases.ask_comparison import AskComparison
from ab_auth.usecases.change_role import ChangeRole
from ab_auth.usecases.compare_identities import CompareIdentities, Rules
from ab_auth.usecases.end_sign_ins import EndSignIns, RevokeTokens
from ab_auth.usecases.ensure_signing_key import EnsureSigningKey
from ab_auth.usecases.find_person import FindPerson
from ab_auth.usecases.find_user import FindUser
from ab_auth.usecases.forget_exports import ForgetExports
from ab_auth.usecases.forget_mentions import ForgetMentions
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.get_role import GetRole
from ab_auth.usecases.get_signing_keys import GetSigningKeys
from ab_auth.usecases.grant_role import GrantRole
from ab_auth.usecases.guard_sign_in import GuardSignIn
from ab_auth.usecases.issue_tokens import IssueTokens
from ab_auth.usecases.list_admins import ListAdmins
from ab_auth.usecases.list_api_keys import ListApiKeys
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.list_signing_keys import ListSigningKeys
from ab_auth.usecases.log_in import LogIn
from ab_auth.usecases.log_out import LogOut
from ab_auth.usecases.make_api_key import MakeApiKey
from ab_auth.usecases.make_exports import MakeExports
from ab_auth.usecases.make_signing_key import MakeSigningKey
from ab_auth.usecases.meet_user import MeetUser
from ab_auth.usecases.meet_users import MeetUsers
from ab_auth.usecases.read_privacy_jobs import ListPrivacy, ReadPrivacyJob
from ab_auth.usecases.record_audit import RecordAudit
from ab_auth.usecases.record_erased import RecordErased
from ab_auth.usecases.refresh_tokens import RefreshTokens
from ab_auth.usecases.register_account import RegisterAccount
from ab_auth.usecases.request_erasure import RequestErasure
from ab_auth.usecases.request_export import RequestExport
from ab_auth.usecases.retry_erasure import RetryErasure
from ab_auth.usecases.revive_erasures import ReviveErasures
from ab_auth.usecases.revoke_api_key import RevokeApiKey
from ab_auth.usecases.revoke_role import RevokeRole
from ab_auth.usecases.revoke_user_tokens import RevokeUserTokens
from ab_auth.usecases.rotate_api_key import RotateApiKey
from ab_auth.usecases.rotate_signing_key import RotateSigningKey
from ab_auth.usecases.say_goodbye import SayGoodbye
from ab_auth.usecases.store_identity_event import StoreIdentityEvent
from ab_auth.usecases.sweep_sign_ins import SweepSignIns
from ab_auth.usecases.tell_stats import TellStats
from ab_auth.usecases.update_profile import UpdateProfile
from ab_auth.usecases.verify_api_key import VerifyApiKey
from ab_auth.usecases.withdraw_signing_key import WithdrawSigningKey

SWEEP_SECONDS = 3600.0
MOST_SECONDS_BETWEEN_LOOKS = 60.0
# Nobody waits for an archive by the second.
EXPORT_SECONDS = 2.0
ERASURE_SECONDS = 2.0


def passwords_with(settings: AuthSettings) -> Argon2Passwords:
    """Argon2id with this deployment's parameters."""
    return Argon2Passwords(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
        at_once=settings.argon2_at_once,
    )


@dataclass(frozen=True, slots=True)
class Issuing:
    """What the built-in issuer signs and hides with."""

    url: str
    signer: Ed25519Signer
    make: MakeSigningKey
    ensure: EnsureSigningKey
    marks: HiddenMarks


def issuing(settings: AuthSettings, store: Store) -> Issuing | None:
    """Keys and signer, or None where the built-in issuer is off."""
    url, encryption_keys = settings.token_issuer_url, settings.signing_key_encryption_key
    if not settings.builtin_issuer_enabled or url is None or encryption_keys is None:
        return None
    opening = key_bytes(encryption_keys)
    keys = Ed25519Keys(*opening)
    lead = timedelta(seconds=settings.signing_key_lead_seconds)
    # What was made since the last look signs a lead after it at the earliest, and the key before
    # verifies for the margin longer than its tokens live; half of that is left to clocks.
    signer = Ed25519Signer(keys, utc_now, patience=lead + MARGIN / 2)
    rotation = Rotation(lead, timedelta(days=settings.signing_key_days))
    life = timedelta(seconds=settings.access_token_seconds)
    make = MakeSigningKey(keys, url, rotation, life)
    ensure = EnsureSigningKey(store, keys, make, signer, utc_now)
    return Issuing(url, signer, make, ensure, HiddenMarks(opening[0]))


async def builtin_issuer(
    settings: AuthSettings, store: Store, stack: ExitStack
) -> BuiltinIssuer | None:
    """The built-in issuer with a key to sign with, or None where it is off."""
    on = issuing(settings, store)
    if on is None:
        return None
    await on.ensure()
    issue = IssueTokens(
        on.signer,
        issuer=on.url,
        clock=utc_now,
        access_life=on.make.token_life,
        refresh_life=timedelta(days=settings.refresh_token_days),
    )
    passwords = passwords_with(settings)
    stack.callback(passwords.close)
    revoke = RevokeTokens(on.signer, utc_now)
    end_all = EndSignIns(store, revoke, utc_now)
    least = settings.least_password_length
    return BuiltinIssuer(
        register=RegisterAccount(store, passwords, issue, utc_now, least),
        log_in=LogIn(store, passwords, issue, GuardSignIn(store, on.marks, utc_now)),
        refresh=RefreshTokens(store, issue, revoke),
        log_out=LogOut(store, revoke, end_all, utc_now),
        keys=GetSigningKeys(store, on.url, utc_now),
        desk=IssuerDesk(
            ensure=on.ensure,
            rotate=RotateSigningKey(store, on.make, on.signer, utc_now),
            withdraw=WithdrawSigningKey(store, on.make, on.signer, utc_now),
            signing_keys=ListSigningKeys(store, utc_now),
            end_sign_ins=end_all,
        ),
    )


def api_key_desk(store: Store) -> ApiKeyDesk:
    """Everything around keys for machines."""
    return ApiKeyDesk(
        verify=VerifyApiKey(store, utc_now),
        make=MakeApiKey(store, utc_now),
        everything=ListApiKeys(store, utc_now),
        rotate=RotateApiKey(store, utc_now),
        revoke=RevokeApiKey(store, utc_now),
    )


@asynccontextmanager
async def chores(
    settings: AuthSettings, store: Store, issuer: BuiltinIssuer | None
) -> AsyncIterator[None]:
    """What the service does unasked, inside the block."""
    async with AsyncExitStack() as stack:
        sweep = SweepSignIns(store, utc_now)
        await stack.enter_async_context(sweeping((sweep,), SWEEP_SECONDS))
        if issuer is not None:
            # Often enough that every instance knows a key well before it signs.
            often = min(MOST_SECONDS_BETWEEN_LOOKS, settings.signing_key_lead_seconds / 5)
            await stack.enter_async_context(sweeping((issuer.desk.ensure,), often))
        yield


def role_desk(store: Store, directory: Directory | None, builtin_issuer: str | None) -> RoleDesk:
    """Everything around administrators; people are found in ``directory`` too, where it is."""
    find = FindPerson(store, directory)
    change = ChangeRole(store, find, utc_now)
    return RoleDesk(
        get=GetRole(store),
        everybody=ListAdmins(store),
        grant=GrantRole(change),
        revoke=RevokeRole(change),
        find=FindUser(store, find, builtin_issuer),
    )


@asynccontextmanager
async def exports(
    settings: AuthSettings, backbone: Backbone, profile: GetProfile
) -> AsyncIterator[ExportDesk | None]:
    """Archives of users' data, or None without a bucket to keep them in."""
    if settings.aws_s3_bucket_name is None:
        yield None
        return
    async with ObjectStore(settings, settings.aws_s3_bucket_name) as bucket:
        rows = PostgresExports(backbone.transactions)
        archives = StoredArchives(bucket, settings.export_max_bytes)
        sources = all_sources(PostgresOwnRecords(backbone.transactions), backbone.bus)
        yield ExportDesk(
            request=RequestExport(rows, profile, utc_now),
            make=MakeExports(rows, sources, archives, utc_now),
            forget=ForgetExports(rows, archives, utc_now),
        )


def privacy_desk(
    settings: AuthSettings, backbone: Backbone, archives: ExportDesk | None
) -> PrivacyDesk:
    """Everything around erasures; archives of theirs go with people."""
    store = PostgresPrivacyStore(backbone.transactions)
    key = settings.erasure_proof_key.get_secret_value().encode()
    mentions = ForgetMentions(store)
    own = (mentions,) if archives is None else (mentions, archives.forget.erase)
    longest = max(settings.access_token_seconds, settings.clerk_token_seconds)
    return PrivacyDesk(
        erase=RequestErasure(store, key, len(own), timedelta(seconds=longest) + MARGIN, utc_now),
        erased=RecordErased(store, utc_now),
        read=ReadPrivacyJob(store, utc_now),
        everything=ListPrivacy(store, key, settings.proof_keys_before),
        retry=RetryErasure(store, utc_now),
        revive=ReviveErasures(store, own, watch_erasures, utc_now),
    )


def hear_administrators(
    heard: Subscriptions, settings: AuthSettings, store: Store, backbone: Backbone
) -> None:
    """What administrators ask about users."""
    longest = max(settings.access_token_seconds, settings.clerk_token_seconds)
    life = timedelta(seconds=longest) + MARGIN
    stats = TellStats(PostgresCounts(backbone.transactions), utc_now)
    hear_user_desk(heard, RevokeUserTokens(store, life, utc_now), stats)


@asynccontextmanager
async def making(desk: ExportDesk | None) -> AsyncIterator[None]:
    """Makes and sweeps archives inside the block."""
    if desk is None:
        yield
        return
    async with sweeping((desk.make,), EXPORT_SECONDS), sweeping((desk.forget,), SWEEP_SECONDS):
        yield


@asynccontextmanager
async def clerk_users(settings: AuthSettings) -> AsyncIterator[ClerkUsers | None]:
    """Clerk's Backend API, or None where there is no key to it."""
    if settings.clerk_secret_key is None:
        yield None
        return
    users = ClerkUsers(
        settings.clerk_secret_key.get_secret_value(),
        settings.clerk_api_url,
        settings.clerk_user_prefix,
    )
    try:
        yield users
    finally:
        await users.close()


def identity_desk(
    settings: AuthSettings, store: Store, users: ClerkUsers | None, erasing: Erasing
) -> IdentityDesk:
    """Everything around other issuers' users; without Clerk's API their list is not compared."""
    goodbye, wake = SayGoodbye(erasing), asyncio.Event()
    issuer = settings.clerk_issuer if users else None
    compare = None
    if users is not None and issuer is not None:
        rules = Rules(
            issuer,
            settings.clerk_user_prefix,
            timedelta(hours=settings.clerk_compare_hours),
            settings.clerk_most_missing_percent,
        )
        holder = secrets.token_hex(8)
        compare = CompareIdentities(store, users, goodbye, utc_now, rules, holder)
    life = timedelta(seconds=settings.clerk_token_seconds)
    meet = MeetUser(store, utc_now)
    return IdentityDesk(
        meet=meet,
        meet_many=MeetUsers(store, meet),
        store=StoreIdentityEvent(store, goodbye, utc_now, life),
        ask=AskComparison(store, issuer, utc_now, wake.set),
        compare=compare,
        wake=wake,
    )


@asynccontextmanager
async def running(settings: AuthSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    with ExitStack() as stack:
        async with (
            open_backbone("auth", settings, health) as backbone,
            clerk_users(settings) as users,
        ):
            store = PostgresStore(backbone.transactions)
            issuer = await builtin_issuer(settings, store, stack)
            name = settings.token_issuer_url if issuer else None
            profile = GetProfile(store, name, utc_now)
            key = settings.erasure_proof_key.get_secret_value().encode()
            record = RecordAudit(store, key, settings.proof_keys_before)
            trail = AuditDesk(record, ListAudit(store))
            roles = role_desk(store, users, name)
            heard = subscriptions(profile, issuer, trail, roles)
            hear_keys(heard, api_key_desk(store), issuer.desk if issuer else None)
            hear_profiles(heard, UpdateProfile(store, profile, utc_now))
            hear_administrators(heard, settings, store, backbone)
            async with exports(settings, backbone, profile) as archives:
                privacy = privacy_desk(settings, backbone, archives)
                hear_privacy(heard, privacy)
                identities = identity_desk(settings, store, users, privacy.erase)
                hear_identities(heard, identities)
                await backbone.serve(hear_exports(heard, archives))
                revive = sweeping((privacy.revive,), ERASURE_SECONDS)
                compare = comparing(identities)
                async with chores(settings, store, issuer), making(archives), revive, compare:
                    yield
