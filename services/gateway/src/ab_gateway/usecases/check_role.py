"""Lets an administrator through to what their role allows, and nobody else."""

from __future__ import annotations

from ab_shared.contracts.admin import GetRole, HeldRole
from ab_shared.errors import Forbidden
from ab_shared.messaging.ports import Caller

from ab_gateway.domain.identity import Identity
from ab_gateway.domain.roles import Action, Administrator, allows
from ab_gateway.ports import KeptRoles
from ab_gateway.usecases.refuse_admin import RefuseAdmin

# News may overtake the answer to a question that was asked before it, but hardly twice.
TRIES = 2


class CheckRole:
    """Auth says who holds what; while it is away, nobody gets through whose role is not kept."""

    def __init__(self, services: Caller, kept: KeptRoles, refuse: RefuseAdmin) -> None:
        self._services = services
        self._kept = kept
        self._refuse = refuse

    async def __call__(self, caller: Identity, action: Action) -> Administrator:
        """The caller as an administrator.

        Raises:
            Forbidden: they may not; the same words for everybody, so that no role is guessed.
            TransientError: auth can't say now.
        """
        # Whoever sits at somebody else's account has that person's rights, not their office.
        if caller.acting is not None:
            await self._refuse(caller, action, None, "impersonated")
            raise _forbidden()
        held = self._kept.find(caller.user_id) or await self._ask(caller.user_id)
        if held.role is None or not allows(held.role, action):
            await self._refuse(caller, action, held.role, "role")
            raise _forbidden()
        return Administrator(caller.user_id, held.role)

    async def _ask(self, user_id: str) -> HeldRole:
        for _ in range(TRIES):
            held = await self._services.call(GetRole(user_id=user_id))
            if self._kept.keep(held):
                return held
        # Twice overtaken by news: what was answered last may be old, so it gives no right.
        return HeldRole(user_id=user_id)


def _forbidden() -> Forbidden:
    return Forbidden("You are not allowed to do this")
