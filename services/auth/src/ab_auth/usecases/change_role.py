"""Gives somebody another role or none: the one way in which roles change."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ab_shared.contracts.admin import HeldRole, Role, RoleChanged, RoleDeed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.runtime.logs import hashed

from ab_auth.domain.roles import Standing, keep_an_admin
from ab_auth.ports import AuthUnit, Store
from ab_auth.usecases.find_person import FindPerson, known_user

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """The change, the news of it and its entry in the trail are one transaction."""

    store: Store
    find: FindPerson
    clock: Clock

    async def __call__(self, deed: RoleDeed, role: Role | None, action: str) -> HeldRole:
        """What they hold now; what they hold already leaves no trace.

        Raises:
            NotFound: nobody like that is known here.
            Conflict: it would leave nobody with the role ADMIN.
        """
        user_id = await self.find(deed.person)
        async with self.store.begin() as unit:
            # All who change roles wait for each other: of two last administrators who step down
            # at the same moment, one must see that the other has gone.
            await unit.hold_roles()
            await known_user(unit, user_id)
            before = await unit.standing(user_id)
            if (before.role if before else None) is role:
                return _held(user_id, before)
            keep_an_admin(await unit.holders(Role.ADMIN), user_id, role)
            after = self._after(before, user_id, role, deed.actor)
            await unit.keep_standing(after)
            await self._tell(unit, deed, action, before, after)
        logger.info("A role was changed", extra={"user": hashed(user_id), "role": after.role})
        return _held(user_id, after)

    def _after(self, before: Standing | None, user_id: str, role: Role | None, by: str) -> Standing:
        now = self.clock()
        if before is not None:
            return before.changed(role, by, now)
        return Standing(user_id, role, by, now, version=int(now.timestamp()))

    async def _tell(
        self,
        unit: AuthUnit,
        deed: RoleDeed,
        action: str,
        before: Standing | None,
        after: Standing,
    ) -> None:
        entry = audited(
            action,
            f"user:{after.user_id}",
            deed.actor,
            deed.actor_kind,
            before={"role": before.role if before else None},
            after={"role": after.role},
            reason=deed.reason,
            occurred_at=after.granted_at,
        )
        await unit.send(entry)
        changed = RoleChanged(user_id=after.user_id, role=after.role, version=after.version)
        await unit.send(changed)


def _held(user_id: str, standing: Standing | None) -> HeldRole:
    if standing is None:
        return HeldRole(user_id=user_id)
    return HeldRole(user_id=user_id, role=standing.role, version=standing.version)
