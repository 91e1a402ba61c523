"""What the auth service hears, and the use case each message goes to."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import admin, audit, rpc
from ab_shared.messaging.ports import Subscriptions

from ab_auth.entrypoints.keys import IssuerDesk
from ab_auth.usecases.find_user import FindUser
from ab_auth.usecases.get_profile import GetProfile
from ab_auth.usecases.get_role import GetRole
from ab_auth.usecases.get_signing_keys import GetSigningKeys
from ab_auth.usecases.grant_role import GrantRole
from ab_auth.usecases.list_admins import ListAdmins
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.log_in import LogIn
from ab_auth.usecases.log_out import LogOut
from ab_auth.usecases.record_audit import RecordAudit
from ab_auth.usecases.refresh_tokens import RefreshTokens
from ab_auth.usecases.refuse_sign_in import RefuseSignIn
from ab_auth.usecases.register_account import RegisterAccount
from ab_auth.usecases.revoke_role import RevokeRole


@dataclass(frozen=True, slots=True)
class BuiltinIssuer:
    """The use cases of the built-in issuer."""

    register: RegisterAccount
    log_in: LogIn
    refresh: RefreshTokens
    log_out: LogOut
    keys: GetSigningKeys
    desk: IssuerDesk


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """The use cases of the audit trail."""

    record: RecordAudit
    entries: ListAudit


@dataclass(frozen=True, slots=True)
class RoleDesk:
    """The use cases around administrators."""

    get: GetRole
    everybody: ListAdmins
    grant: GrantRole
    revoke: RevokeRole
    find: FindUser


def subscriptions(
    profile: GetProfile, issuer: BuiltinIssuer | None, trail: AuditDesk, roles: RoleDesk
) -> Subscriptions:
    """Everything this service listens to; without an issuer, signing in is refused."""
    heard = Subscriptions()
    heard.on(audit.AuditRecorded, trail.record)
    heard.answer(audit.ListAudit, trail.entries)
    heard.answer(admin.GetRole, roles.get)
    heard.answer(admin.ListAdmins, roles.everybody)
    heard.answer(admin.GrantRole, roles.grant)
    heard.answer(admin.RevokeRole, roles.revoke)
    heard.answer(admin.FindUser, roles.find)
    heard.answer(rpc.GetProfile, profile)
    refuse = RefuseSignIn()
    heard.answer(rpc.Register, issuer.register if issuer else refuse)
    heard.answer(rpc.Login, issuer.log_in if issuer else refuse)
    heard.answer(rpc.Refresh, issuer.refresh if issuer else refuse)
    heard.answer(rpc.Logout, issuer.log_out if issuer else refuse)
    heard.answer(rpc.GetSigningKeys, issuer.keys if issuer else refuse)
    return heard
