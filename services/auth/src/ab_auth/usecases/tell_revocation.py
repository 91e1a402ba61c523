"""Tells gateways of tokens that are believed no more."""

from __future__ import annotations

from ab_shared.contracts.revoking import KeepRevocation, TokensRevoked
from ab_shared.database.ports import UnitOfWork


async def tell_revocation(unit: UnitOfWork, revoked: TokensRevoked) -> None:
    """At once to the processes that run, and durably for those that start later.

    Nobody sends the one without the other: with no gateway up the event is lost.
    """
    await unit.send(revoked)
    await unit.send(KeepRevocation(revoked=revoked))
