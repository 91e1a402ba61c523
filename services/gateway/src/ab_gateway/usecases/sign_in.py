"""Accounts at the built-in issuer: sign up, sign in, renew, sign out."""

from __future__ import annotations

from ab_shared.contracts import http, rpc
from ab_shared.messaging.ports import Caller
from pydantic import SecretStr

from ab_gateway.domain import presenting


class SignIn:
    """Passes credentials on to auth; keeps and logs nothing of them."""

    def __init__(self, services: Caller) -> None:
        self._services = services

    async def register(self, given: http.CredentialsIn) -> http.Tokens:
        """Makes an account; Conflict when there is one."""
        request = rpc.Register(credentials=_credentials(given))
        return presenting.tokens(await self._services.call(request))

    async def login(self, given: http.CredentialsIn, place: str) -> http.Tokens:
        """Opens an account; ``place`` is the network this comes from.

        Raises:
            Unauthorized: for a wrong address or password alike.
            RateLimited: too many wrong ones before.
        """
        request = rpc.Login(credentials=_credentials(given), place=place)
        return presenting.tokens(await self._services.call(request))

    async def refresh(self, given: http.RefreshIn) -> http.Tokens:
        """Changes a refresh token; Unauthorized for one that was used or revoked."""
        request = rpc.Refresh(refresh=_refresh(given))
        return presenting.tokens(await self._services.call(request))

    async def logout(self, given: http.LogoutIn) -> None:
        """Revokes a refresh token and all that came from the same sign-in, or from any."""
        request = rpc.Logout(refresh=_refresh(given), everywhere=given.everywhere)
        await self._services.call(request)


def _credentials(given: http.CredentialsIn) -> rpc.Credentials:
    return rpc.Credentials(email=SecretStr(given.email), password=SecretStr(given.password))


def _refresh(given: http.RefreshIn) -> rpc.RefreshToken:
    return rpc.RefreshToken(token=SecretStr(given.refresh_token))
