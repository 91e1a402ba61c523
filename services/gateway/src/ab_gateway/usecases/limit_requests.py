"""How often a caller may ask: counted in the shared cache, or here while that is away."""

from __future__ import annotations

from hashlib import sha256

from ab_shared.errors import RateLimited, TransientError

from ab_gateway.domain.rates import Allowance, Policy
from ab_gateway.ports import RateLimiter


class LimitRequests:
    """Counts a request against a policy."""

    def __init__(
        self,
        shared: RateLimiter,
        local: RateLimiter,
        *,
        default: Policy,
        account: Policy,
        origin: Policy,
        webhook: Policy,
        admin: Policy,
    ) -> None:
        self._shared = shared
        self._local = local
        self._default = default
        self._account = account
        self._origin = origin
        self._webhook = webhook
        self._admin = admin

    async def __call__(self, subject: str) -> Allowance:
        """One request of a user or an address; the allowance says whether it is within."""
        return await self._take(self._default, subject)

    async def signing_in_from(self, address: str) -> Allowance:
        """One try of an address to sign in, at whichever account."""
        return await self._take(self._origin, address)

    async def signing_in_to(self, account: str) -> Allowance:
        """One try at an account (or a refresh token), from wherever it comes."""
        return await self._take(self._account, account)

    async def webhooks_from(self, address: str) -> Allowance:
        """One webhook of an address, whether it will be believed or not."""
        return await self._take(self._webhook, address)

    async def administering(self, user_id: str) -> Allowance:
        """One request to the admin surface, whether its caller may be there or not."""
        return await self._take(self._admin, user_id)

    async def _take(self, policy: Policy, subject: str) -> Allowance:
        hidden = sha256(subject.encode()).hexdigest()[:32]
        try:
            return await self._shared.take(policy, hidden)
        except TransientError:
            return await self._local.take(policy, hidden)


def refuse_beyond(allowance: Allowance) -> None:
    """Raises RateLimited when the request was one too many."""
    if not allowance.allowed:
        raise RateLimited(
            "Too many requests, come back a little later",
            details={"retry_after": max(1, allowance.reset_seconds)},
        )
