"""The one place where the auth service is put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta

from ab_shared.runtime.clock import utc_now
from ab_shared.runtime.health import Health
from ab_shared.service import open_backbone

from ab_auth.adapters.argon2id import Argon2Passwords
from ab_auth.adapters.ed25519 import Ed25519Keys, Ed25519Signer
from ab_auth.adapters.postgres import PostgresStore
from ab_auth.entrypoints.consumer import AuditDesk, BuiltinIssuer, RoleDesk, subscriptions
from ab_auth.entrypoints.profiles import hear_profiles
from ab_auth.ports import Directory, Store
from ab_auth.settings import AuthSettings, key_bytes
from ab_auth.usecases.change_role import ChangeRole
from ab_auth.usecases.ensure_signing_key import EnsureSigningKey
from ab_auth.usecases.find_person import FindPerson
from ab_auth.usecases.find_user import FindUser
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.get_role import GetRole
from ab_auth.usecases.get_signing_keys import GetSigningKeys
from ab_auth.usecases.grant_role import GrantRole
from ab_auth.usecases.issue_tokens import IssueTokens
from ab_auth.usecases.list_admins import ListAdmins
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.log_in import LogIn
from ab_auth.usecases.log_out import LogOut
from ab_auth.usecases.record_audit import RecordAudit
from ab_auth.usecases.refresh_tokens import RefreshTokens
from ab_auth.usecases.register_account import RegisterAccount
from ab_auth.usecases.revoke_role import RevokeRole
from ab_auth.usecases.update_profile import UpdateProfile


def passwords_with(settings: AuthSettings) -> Argon2Passwords:
    """Argon2id with this deployment's parameters."""
    return Argon2Passwords(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
        at_once=settings.argon2_at_once,
    )


async def builtin_issuer(
    settings: AuthSettings, store: Store, stack: ExitStack
) -> BuiltinIssuer | None:
    """The built-in issuer with a key to sign with, or None where it is off."""
    url, encryption_key = settings.token_issuer_url, settings.signing_key_encryption_key
    if not settings.builtin_issuer_enabled or url is None or encryption_key is None:
        return None
    keys = Ed25519Keys(key_bytes(encryption_key))
    key = await EnsureSigningKey(store, keys, url, utc_now)()
    issue = IssueTokens(
        Ed25519Signer(keys, key),
        issuer=url,
        clock=utc_now,
        access_life=timedelta(seconds=settings.access_token_seconds),
        refresh_life=timedelta(days=settings.refresh_token_days),
    )
    passwords = passwords_with(settings)
    stack.callback(passwords.close)
    return BuiltinIssuer(
        register=RegisterAccount(store, passwords, issue, utc_now),
        log_in=LogIn(store, passwords, issue),
        refresh=RefreshTokens(store, issue),
        log_out=LogOut(store, utc_now),
        keys=GetSigningKeys(store, url),
    )


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
async def running(settings: AuthSettings, health: Health) -> AsyncIterator[None]:
    """The service at work inside the block; afterwards it has drained."""
    with ExitStack() as stack:
        async with open_backbone("auth", settings, health) as backbone:
            store = PostgresStore(backbone.transactions)
            issuer = await builtin_issuer(settings, store, stack)
            name = settings.token_issuer_url if issuer else None
            profile = GetProfile(store, name, utc_now)
            trail = AuditDesk(RecordAudit(store), ListAudit(store))
            roles = role_desk(store, None, name)
            heard = subscriptions(profile, issuer, trail, roles)
            await backbone.serve(hear_profiles(heard, UpdateProfile(store, profile, utc_now)))
            yield
