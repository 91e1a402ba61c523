"""Hearing that sign-ins have ended before their tokens did."""

from __future__ import annotations

from ab_shared.contracts.revoking import TokensRevoked

from ab_gateway.domain.revocations import SLACK_SECONDS, Revocation
from ab_gateway.ports import JobNews, Revocations
from ab_gateway.usecases.authenticate_caller import AuthenticateCaller


class RevokeTokens:
    """Stops believing here at once, and tells processes that start later."""

    def __init__(
        self,
        local: Revocations,
        shared: Revocations,
        authenticate: AuthenticateCaller,
        news: JobNews,
    ) -> None:
        self._local = local
        self._shared = shared
        self._authenticate = authenticate
        self._news = news

    async def __call__(self, event: TokensRevoked) -> None:
        """The same again changes nothing; a TransientError makes the broker tell it again."""
        until = event.issued_until
        revocation = Revocation(
            event.user_id,
            event.forget_at.timestamp() + SLACK_SECONDS,
            event.session_ids,
            until.timestamp() if until else None,
        )
        # First here: a token that is being verified at this moment looks here last.
        await self._local.revoke(revocation)
        self._authenticate.forget_user(event.user_id)
        # A stream asked for its token only when it began.
        self._news.hang_up(event.user_id)
        await self._shared.revoke(revocation)
