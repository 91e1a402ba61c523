"""What the gateway reads from its environment."""

from __future__ import annotations

from ab_shared.runtime.builtin_issuer import (
    PURPOSE,
    BuiltinIssuerSettings,
    refused_in_production,
)
from ab_shared.runtime.clerk_issuer import ClerkIssuerSettings
from ab_shared.runtime.settings import Environment, Secret, StorageSettings, setting
from pydantic import SecretStr, ValidationInfo, field_validator

from ab_gateway.domain.addresses import networks
from ab_gateway.domain.identity import Issuer, ambiguity_in

ISSUERS_EXAMPLE = '[{"issuer": "https://clerk.example.com", "kind": "jwks"}]'
LEAST_SECRET = 16


class GatewaySettings(BuiltinIssuerSettings, ClerkIssuerSettings, StorageSettings):
    """The public address, who is believed, where media are, and how much is allowed."""

    port: int = setting(8787, about="Port of the public API", example="8787", ge=1, le=65535)
    gateway_host: str = setting(
        "127.0.0.1",
        about="Address of the public API; in a container all of them",
        example="127.0.0.1",
    )
    api_public_base_url: str | None = setting(
        None,
        about="Where clients reach this API; named in its OpenAPI document",
        example="https://api.example.com",
    )
    valkey_url: Secret = setting(
        about="Job snapshots, request keys and rate limits; Valkey, or Redis from 7.0",
        example="redis://:change-me@valkey:6379/0",
    )
    token_issuers: tuple[Issuer, ...] = setting(
        about="JSON list of believed issuers: issuer, kind builtin|jwks|pem, jwks_url?, pem?, "
        "audience?, authorized_parties?, prefix? (of user ids; all but one need their own)",
        example=ISSUERS_EXAMPLE,
        min_length=1,
    )
    dev_default_user: str | None = setting(
        None,
        about="Who a request without a token comes from; refused in production",
        example="dev-user",
        where="local",
    )
    aws_s3_bucket_name: str = setting(
        about="Bucket of tracks and stems", example="ab-media", min_length=1
    )
    media_public_base_url: str | None = setting(
        None,
        about="Host that presigned media URLs point at, when players need another than the "
        "store's own",
        example="http://192.168.1.10:8333",
        where="local",
    )
    cloudfront_domain: str | None = setting(
        None,
        about="CDN in front of the media bucket; unset presigns S3 URLs",
        example="media.example.com",
        where="production",
    )
    cloudfront_key_pair_id: str | None = setting(
        None, about="Id of the CDN's public key", example="K2JCJMDEHXQW5F", where="production"
    )
    cloudfront_private_key: Secret | None = setting(
        None,
        about="PEM of the CDN's RSA key, line feeds as \\n",
        example="change-me",
        where="production",
        validate_default=True,
    )
    signed_url_seconds: int = setting(
        21600,
        about="How long signed media URLs work, in seconds",
        example="21600",
        ge=3600,
        le=86400,
    )
    cors_origins: tuple[str, ...] = setting(
        (),
        about="JSON list of origins whose pages may call the API",
        example='["https://app.example.com"]',
    )
    trusted_proxies: tuple[str, ...] = setting(
        (),
        about="JSON list of proxies (addresses, CIDR) whose X-Forwarded-For counts",
        example='["10.0.0.0/8"]',
    )
    rate_limit_per_minute: int = setting(
        100,
        about="Requests a minute of one user, or of one address without a user",
        example="100",
        ge=1,
    )
    rate_limit_create_per_minute: int = setting(
        30,
        about="Sessions a minute that one user may make, whatever the plan",
        example="30",
        ge=1,
    )
    rate_limit_generate_per_minute: int = setting(
        5,
        about="How often a minute one user may have affirmations written",
        example="5",
        ge=1,
    )
    rate_limit_auth_per_minute: int = setting(
        10,
        about="Sign-in tries a minute at one account, from wherever they come",
        example="10",
        ge=1,
    )
    rate_limit_auth_per_address_per_minute: int = setting(
        10,
        about="Sign-in tries a minute of one address, at whichever accounts",
        example="10",
        ge=1,
    )
    rate_limit_webhooks_per_minute: int = setting(
        1200,
        about="Webhooks a minute of one address, believed or not",
        example="1200",
        ge=1,
    )
    rate_limit_admin_per_minute: int = setting(
        60,
        about="Requests a minute of one user to the admin surface, allowed or not",
        example="60",
        ge=1,
    )
    admin_port: int | None = setting(
        None,
        about="Port of the admin surface; set, it is served there and nowhere else",
        example="8788",
        ge=1,
        le=65535,
    )
    admin_host: str = setting(
        "127.0.0.1",
        about="Address of the admin surface where it has a port of its own",
        example="127.0.0.1",
    )
    admin_cors_origins: tuple[str, ...] = setting(
        (),
        about="JSON list of origins whose pages may call the admin surface; CORS_ORIGINS may not",
        example='["https://admin.example.com"]',
    )
    revenuecat_webhook_authorization: Secret | None = setting(
        None,
        about="Authorization header that RevenueCat's webhooks carry; unset takes none (404)",
        example="change-me",
        where="production",
    )
    revenuecat_webhook_secret: Secret | None = setting(
        None,
        about="Key of the webhooks' signature, where signing is switched on",
        example="change-me",
        where="production",
    )
    revenuecat_webhook_authorization_before: Secret | None = setting(
        None,
        about="The one before, believed too while RevenueCat is told the new one",
        example="change-me",
        where="production",
    )
    revenuecat_webhook_secret_before: Secret | None = setting(
        None,
        about="The key before, believed too while RevenueCat is told the new one",
        example="change-me",
        where="production",
    )
    revenuecat_signature_header: str = setting(
        "X-RevenueCat-Webhook-Signature",
        about="Header that carries the signature",
        example="X-RevenueCat-Webhook-Signature",
        pattern=r"^[A-Za-z0-9-]+$",
    )
    clerk_webhook_secrets: tuple[Secret, ...] = setting(
        (),
        about="JSON list of Clerk's webhook signing secrets, two while one is replaced; unset "
        "takes none (404)",
        example='["whsec_change-me"]',
        where="production",
        validate_default=True,
    )
    max_listeners: int = setting(
        10_000,
        about="Event streams open at once in one process; each takes some 45 KB",
        example="10000",
        ge=1,
        le=50_000,
    )
    max_listeners_per_user: int = setting(
        20,
        about="Event streams of one user open at once in one process",
        example="20",
        ge=1,
    )
    max_concurrent_requests: int = setting(
        200,
        about="Requests in work at once in one process; more are told to come back",
        example="200",
        ge=1,
    )

    @field_validator("token_issuers")
    @classmethod
    def _no_passwords_by_accident(
        cls, value: tuple[Issuer, ...], info: ValidationInfo
    ) -> tuple[Issuer, ...]:
        # Believing its tokens is half of having it on.
        if any(i.kind == "builtin" for i in value) and refused_in_production(info.data):
            raise ValueError(f"names the built-in issuer, refused in production without {PURPOSE}")
        return value

    @field_validator("token_issuers")
    @classmethod
    def _keys_come_safely(
        cls, value: tuple[Issuer, ...], info: ValidationInfo
    ) -> tuple[Issuer, ...]:
        plain = [i for i in value if i.kind == "jwks" and not i.keys_url.startswith("https://")]
        if plain and info.data.get("environment") is Environment.PRODUCTION:
            raise ValueError("fetches keys without https, which is refused in production")
        ambiguous = ambiguity_in(value)
        if ambiguous:
            raise ValueError(ambiguous)
        if any((issuer.kind == "pem") != (issuer.pem is not None) for issuer in value):
            raise ValueError("needs a pem for an issuer of kind pem, and for no other")
        return value

    @field_validator("clerk_webhook_secrets")
    @classmethod
    def _from_a_listed_issuer(
        cls, value: tuple[SecretStr, ...], info: ValidationInfo
    ) -> tuple[SecretStr, ...]:
        issuers = info.data.get("token_issuers") or ()
        clerk = info.data.get("clerk_issuer")
        if value and not any(one.issuer == clerk and one.kind != "builtin" for one in issuers):
            raise ValueError("needs CLERK_ISSUER, which TOKEN_ISSUERS must list")
        if any(len(secret.get_secret_value()) < LEAST_SECRET for secret in value):
            raise ValueError("is too short to keep forgers out")
        return value

    @field_validator(
        "revenuecat_webhook_authorization",
        "revenuecat_webhook_secret",
        "revenuecat_webhook_authorization_before",
        "revenuecat_webhook_secret_before",
    )
    @classmethod
    def _cannot_be_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < LEAST_SECRET:
            raise ValueError("is too short to keep forgers out")
        return value

    @field_validator("revenuecat_webhook_secret")
    @classmethod
    def _never_alone(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None and not info.data.get("revenuecat_webhook_authorization"):
            raise ValueError("belongs together with REVENUECAT_WEBHOOK_AUTHORIZATION")
        return value

    @field_validator("revenuecat_webhook_authorization_before", "revenuecat_webhook_secret_before")
    @classmethod
    def _never_without_the_next(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        following = (info.field_name or "").removesuffix("_before")
        if value is not None and not info.data.get(following):
            raise ValueError(f"belongs together with {following.upper()}")
        return value

    @field_validator("dev_default_user")
    @classmethod
    def _never_in_production(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("environment") is Environment.PRODUCTION:
            raise ValueError("is refused in production")
        return value

    @field_validator("cloudfront_private_key")
    @classmethod
    def _something_to_sign_with(
        cls, value: SecretStr | None, info: ValidationInfo
    ) -> SecretStr | None:
        cdn = (info.data.get("cloudfront_domain"), info.data.get("cloudfront_key_pair_id"), value)
        if any(cdn) and not all(cdn):
            raise ValueError("belongs together with CLOUDFRONT_DOMAIN and CLOUDFRONT_KEY_PAIR_ID")
        key = (info.data.get("aws_access_key_id"), info.data.get("aws_secret_access_key"))
        if not any(cdn) and not all(key):
            raise ValueError(
                "is missing, and without a CDN so are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: "
                "something must sign media URLs"
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        networks(value)
        return value
