"""What administrators do about administrators, and see of what all of them did."""

from __future__ import annotations

from ab_shared.contracts import admin, audit, http_admin
from ab_shared.messaging.ports import Caller
from pydantic import SecretStr

from ab_gateway.domain import presenting_admin
from ab_gateway.domain.roles import Administrator
from ab_gateway.ports import KeptRoles


class LookAfterAdmins:
    """Auth makes every change and its entry in the trail; here is only who asks for it."""

    def __init__(self, services: Caller, kept: KeptRoles) -> None:
        self._services = services
        self._kept = kept

    async def everybody(self) -> http_admin.AdminsOut:
        """Everybody with a role."""
        return presenting_admin.admins(await self._services.call(admin.ListAdmins()))

    async def grant(self, by: Administrator, wanted: http_admin.GrantIn) -> http_admin.HeldRoleOut:
        """Gives a role in place of any they hold."""
        email = SecretStr(wanted.email) if wanted.email is not None else None
        deed = admin.GrantRole(
            person=admin.Person(user_id=wanted.user_id, email=email),
            role=wanted.role,
            actor=by.user_id,
            actor_kind="admin",
            reason=wanted.reason,
        )
        return self._done(await self._services.call(deed))

    async def revoke(
        self, by: Administrator, user_id: str, reason: str | None
    ) -> http_admin.HeldRoleOut:
        """Takes a role; who holds none keeps none."""
        deed = admin.RevokeRole(
            person=admin.Person(user_id=user_id),
            actor=by.user_id,
            actor_kind="admin",
            reason=reason,
        )
        return self._done(await self._services.call(deed))

    async def trail(self, wanted: audit.ListAudit) -> http_admin.AuditOut:
        """A page of the audit trail."""
        return presenting_admin.trail(await self._services.call(wanted))

    def _done(self, held: admin.HeldRole) -> http_admin.HeldRoleOut:
        # Before the answer, so that the caller's next request finds it so.
        self._kept.evict(held.user_id, held.version)
        return http_admin.HeldRoleOut(user_id=held.user_id, role=held.role, version=held.version)
