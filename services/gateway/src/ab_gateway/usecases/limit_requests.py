"""How often a caller may ask: counted in the shared cache, or here while that is away."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from hashlib import sha256

from ab_shared.errors import RateLimited, TransientError
from prometheus_client import Counter

from ab_gateway.domain.rates import Allowance, Policy, Wish, tightest
from ab_gateway.ports import RateLimiter

COUNTED = Counter(
    "ab_gateway_requests_counted_total",
    "Requests counted against a rate, by where: local while the shared cache is away.",
    ("where",),
)
logger = logging.getLogger("ab.gateway")


@dataclass(frozen=True, slots=True)
class Rates:
    """A policy for each class of routes."""

    default: Policy
    create: Policy
    write: Policy
    account: Policy
    origin: Policy
    webhook: Policy
    admin: Policy


class LimitRequests:
    """Counts a request against the policies of its class, all in one round trip."""

    def __init__(self, shared: RateLimiter, local: RateLimiter, rates: Rates) -> None:
        self._shared = shared
        self._local = local
        self._rates = rates
        self._is_local = False
        self._counted = {where: COUNTED.labels(where) for where in ("shared", "local")}

    async def __call__(self, subject: str) -> Allowance:
        """One request of a user or an address; the allowance says whether it is within."""
        return await self._take(subject, self._rates.default)

    async def creating(self, subject: str) -> Allowance:
        """One request of a user that makes something; it is one of their requests as well."""
        return await self._take(subject, self._rates.default, self._rates.create)

    async def writing(self, subject: str) -> Allowance:
        """One request of a user to have lines written; it is one of their requests as well."""
        return await self._take(subject, self._rates.default, self._rates.write)

    async def administering(self, subject: str) -> Allowance:
        """One request of an administrator, or of whoever would be one."""
        return await self._take(subject, self._rates.admin)

    async def signing_in_from(self, address: str) -> Allowance:
        """One try of an address to sign in, at whichever account."""
        return await self._take(address, self._rates.origin)

    async def signing_in_to(self, account: str) -> Allowance:
        """One try at an account (or a refresh token), from wherever it comes."""
        return await self._take(account, self._rates.account)

    async def webhooks_from(self, address: str) -> Allowance:
        """One webhook of an address, whether it will be believed or not."""
        return await self._take(address, self._rates.webhook)

    async def _take(self, subject: str, *policies: Policy) -> Allowance:
        hidden = sha256(subject.encode()).hexdigest()[:32]
        wishes = [Wish(policy, hidden) for policy in policies]
        try:
            found = await self._shared.take(wishes)
        except TransientError:
            found = await self._local.take(wishes)
            self._note(local=True)
        else:
            self._note(local=False)
        return tightest(found)

    def _note(self, *, local: bool) -> None:
        self._counted["local" if local else "shared"].inc()
        if local != self._is_local:
            self._is_local = local
            where = "in this process alone" if local else "in the shared cache again"
            logger.warning("requests are counted %s", where)


def refuse_beyond(allowance: Allowance) -> None:
    """Raises RateLimited when the request was one too many."""
    if not allowance.allowed:
        raise RateLimited(
            "Too many requests, come back a little later",
            details={"retry_after": max(1, allowance.reset_seconds)},
        )
