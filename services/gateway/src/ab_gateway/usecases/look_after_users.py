"""What administrators see of a listener, and how they put the listener's day right."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4, uuid5

from ab_shared.contracts import http, http_admin, http_admin_sessions, usage
from ab_shared.contracts.admin import FindUser, Person
from ab_shared.contracts.privacy import PrivacyJobState, RequestErasure
from ab_shared.contracts.rpc import GetEntitlement
from ab_shared.contracts.user_desk import RevokeUserTokens
from ab_shared.errors import Forbidden
from ab_shared.messaging.ports import Caller
from pydantic import SecretStr

from ab_gateway.domain import presenting, presenting_admin
from ab_gateway.domain.request_keys import keyed
from ab_gateway.domain.roles import Action, Administrator, allows
from ab_gateway.usecases.answer_once import AnswerOnce

ERASE = "POST /admin/users/{id}/erase"
# Random, once: corrections of administrators get ids of their own under it.
CORRECTIONS = UUID("4d7a0f6c-6a53-4d0a-9d0c-27a9d2f1c3b8")


class LookAfterUsers:
    """Never an address, and nothing that the listener wrote."""

    def __init__(self, services: Caller, once: AnswerOnce) -> None:
        self._services = services
        self._once = once

    async def find(self, email: str) -> http_admin.AdminUserOut:
        """The user who signs in with this address; NotFound where nobody does."""
        return await self._user(Person(email=SecretStr(email)))

    async def read(self, user_id: str) -> http_admin.AdminUserOut:
        """The user with this id; NotFound where there is none."""
        return await self._user(Person(user_id=user_id))

    async def correct(
        self,
        by: Administrator,
        user_id: str,
        wanted: http_admin.CorrectQuotaIn,
        key: str | None,
    ) -> http_admin.QuotaOut:
        """Changes what counts as spent today; the same ``key`` again changes nothing more.

        Raises:
            NotFound: there is no such user.
            ValidationFailed: an amount of 0, or a reason with an address in it.
        """
        # Entitlement would keep a ledger for any id, and a slip of the hand would never show.
        await self._services.call(FindUser(person=Person(user_id=user_id)))
        named = uuid5(CORRECTIONS, f"{by.user_id}\n{user_id}\n{key}") if key else uuid4()
        deed = usage.CorrectQuota(
            request_id=named,
            user_id=user_id,
            amount=wanted.amount,
            reason=wanted.reason,
            actor=by.user_id,
            actor_kind="admin",
        )
        return presenting_admin.quota(await self._services.call(deed))

    async def erase(
        self, by: Administrator, user_id: str, why: str, key: str | None
    ) -> http.JobEnvelope:
        """Begins their erasure as if they had asked for it; the live one where there is one.

        Raises:
            NotFound: there is no such user.
            Conflict: it is the last administrator.
        """
        await self._services.call(FindUser(person=Person(user_id=user_id)))
        deed = RequestErasure(
            user_id=user_id,
            requested_by="operator",
            actor=by.user_id,
            actor_kind="admin",
            reason=why,
        )
        asked = keyed(by.user_id, ERASE, key, user_id, why)
        state = await self._once(asked, PrivacyJobState, lambda: self._services.call(deed))
        return presenting.job(state.job.snapshot())

    async def revoke_tokens(
        self, by: Administrator, user_id: str, why: str | None
    ) -> http_admin_sessions.TokensEndedOut:
        """No token that they have now is believed any more.

        Raises:
            NotFound: there is no such user.
            Forbidden: they hold a role, and who asks makes no administrators.
        """
        found = await self._services.call(FindUser(person=Person(user_id=user_id)))
        # Who could end an administrator's tokens again and again would keep them out.
        if found.role is not None and not allows(by.role, Action.CHANGE_ADMINS):
            raise Forbidden("Only who makes administrators may end their tokens")
        deed = RevokeUserTokens(user_id=user_id, actor=by.user_id, actor_kind="admin", reason=why)
        ended = await self._services.call(deed)
        return http_admin_sessions.TokensEndedOut(user_id=ended.user_id, sign_ins=ended.sign_ins)

    async def _user(self, person: Person) -> http_admin.AdminUserOut:
        found = await self._services.call(FindUser(person=person))
        entitlement, quota = await asyncio.gather(
            self._services.call(GetEntitlement(user_id=found.user_id)),
            self._services.call(usage.ShowQuota(user_id=found.user_id)),
        )
        return presenting_admin.user(found, entitlement, quota)
