"""Which issuer Clerk is: its webhooks and its list of users do not say it themselves."""

from __future__ import annotations

from ab_shared.runtime.settings import ServiceSettings, setting


class ClerkIssuerSettings(ServiceSettings):
    """For the two services that must agree on it: the gateway, which hears of users, and auth."""

    clerk_issuer: str | None = setting(
        None,
        about="Clerk's name ('iss') as TOKEN_ISSUERS lists it; needed for its webhooks and API",
        example="https://clerk.example.com",
        where="production",
    )
