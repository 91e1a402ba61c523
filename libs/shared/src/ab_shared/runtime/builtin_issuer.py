"""The switch of the built-in issuer: made for laptops, and in production only on purpose."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from ab_shared.runtime.settings import Environment, ServiceSettings, setting

PURPOSE = "ALLOW_BUILTIN_ISSUER_IN_PRODUCTION"


def refused_in_production(values: dict[str, object]) -> bool:
    """Whether settings read so far are production's, and do not say that it is on purpose."""
    allowed = bool(values.get("allow_builtin_issuer_in_production"))
    # Settings whose environment is wrong are refused anyway; here the strictest is assumed.
    return not allowed and values.get("environment", Environment.PRODUCTION) is (
        Environment.PRODUCTION
    )


class BuiltinIssuerSettings(ServiceSettings):
    """For the two services that must agree on it: auth, which signs, and the gateway."""

    allow_builtin_issuer_in_production: bool = setting(
        default=False,
        about="Let people sign in by password in production too, without another issuer",
        example="false",
        where="production",
    )
    builtin_issuer_enabled: bool = setting(
        default=False,
        about="Whether people can register and sign in here, without another issuer",
        example="false",
    )

    @field_validator("builtin_issuer_enabled")
    @classmethod
    def _on_purpose(cls, value: object, info: ValidationInfo) -> object:
        if value and refused_in_production(info.data):
            raise ValueError(f"is refused in production unless {PURPOSE} is true")
        return value
