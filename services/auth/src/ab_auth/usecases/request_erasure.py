"""Begins the erasure of a person: auth's own part, and the word to everybody else."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from ab_shared.contracts.admin import Role, RoleChanged
from ab_shared.contracts.api_keys import ApiKeyChanged
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.privacy import ErasureRequested, PrivacyJobState
from ab_shared.contracts.privacy import RequestErasure as Request
from ab_shared.contracts.revoking import TokensRevoked
from ab_shared.errors import ValidationFailed
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.deeds import audited
from ab_shared.runtime.logs import hashed

from ab_auth.domain.erasure import begin_erasure
from ab_auth.domain.identities import Departure
from ab_auth.domain.privacy_job import PrivacyRecord, proof_of, public
from ab_auth.domain.roles import keep_an_admin
from ab_auth.privacy_ports import PrivacyStore, PrivacyUnit
from ab_auth.usecases.tell_privacy_job import tell_privacy_job
from ab_auth.usecases.tell_revocation import tell_revocation

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """One transaction: from its commit on nobody can sign in as this user.

    ``proof_key`` is the deployment's key of proofs; ``chores`` is how many other things of auth's
    own have to go before the erasure is over; no issuer's token is good for longer than
    ``longest_token``.
    """

    store: PrivacyStore
    proof_key: bytes
    chores: int
    longest_token: timedelta
    clock: Clock

    async def __call__(self, request: Request) -> PrivacyJobState:
        """The live erasure of this user, new or not.

        Somebody nobody here knows is erased all the same: other services may know them.

        Raises:
            ValidationFailed: an operator who gives no name.
            Conflict: this is the last administrator, whom only their issuer may take away.
        """
        if request.requested_by == "operator" and request.actor is None:
            raise ValidationFailed("Who asks for it?")
        async with self.store.begin() as unit:
            await unit.hold_erasure(request.user_id)
            record = await unit.live_erasure(request.user_id)
            if record is None:
                await _keep_an_admin(unit, request)
                record = await self._begin(unit, request)
        return PrivacyJobState(job=public(record))

    async def _begin(self, unit: PrivacyUnit, request: Request) -> PrivacyRecord:
        user_id, at = request.user_id, self.clock()
        # First of all: whatever is made with these tokens would have to be erased again.
        revoked = TokensRevoked(user_id=user_id, issued_until=at, forget_at=at + self.longest_token)
        await tell_revocation(unit, revoked)
        counts = await self._forget(unit, user_id, at)
        proof = proof_of(self.proof_key, user_id)
        record = begin_erasure(
            uuid4(), user_id, proof, by=request.requested_by, own_counts=counts, at=at
        )
        if self.chores:
            record = replace(record, parts={"auth": 1 + self.chores}, due_at=at)
        await unit.add_erasure(record)
        await unit.send(ErasureRequested(erasure_id=record.id, user_id=user_id))
        await tell_privacy_job(unit, record)
        if request.actor is not None:
            await unit.send(_entry(request, request.actor, record))
        logger.info("An erasure begins", extra={"user": hashed(user_id), "erasure": str(record.id)})
        return record

    async def _forget(self, unit: PrivacyUnit, user_id: str, at: datetime) -> Mapping[str, int]:
        who = await unit.outsider(user_id)
        if who is not None:
            # The issuer's list still has them: only a token of a later sign-in brings them back.
            await unit.hold_outsider(who)
            await unit.keep_departure(who, Departure(at, gone=False))
        held = await unit.standing(user_id)
        if held is not None and held.role is not None:
            gone = RoleChanged(user_id=user_id, role=None, version=held.version + 1)
            await unit.send(gone)
        for key_id in await unit.api_keys_of(user_id):
            await unit.send(ApiKeyChanged(key_id=key_id, revoked=True))
        return await unit.forget_user(user_id)


async def _keep_an_admin(unit: PrivacyUnit, request: Request) -> None:
    # What is over at the issuer is over: nobody can be kept who can't sign in any more.
    if request.requested_by == "clerk":
        return
    # As a change of roles does: of two last ones who go at once, one must see the other gone.
    await unit.hold_roles()
    keep_an_admin(await unit.holders(Role.ADMIN), request.user_id, None)


def _entry(request: Request, actor: str, record: PrivacyRecord) -> AuditRecorded:
    return audited(
        "user.erase",
        f"user:erased:{record.proof}",
        actor,
        request.actor_kind,
        after={"erasure": str(record.id)},
        reason=request.reason,
    )
