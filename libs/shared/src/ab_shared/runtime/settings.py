"""Typed settings from the environment; a service refuses to boot on anything missing or made up."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, JsonValue, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.sources import PydanticBaseSettingsSource

from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.secret_files import folder

PLACEHOLDER = re.compile(
    r"change[-_ ]?me|replace[-_ ]?me|your[-_ ]|<[^>]*>|^x{3,}$|^\.{3}$", re.IGNORECASE
)
SettingsT = TypeVar("SettingsT", bound=BaseSettings)


class Environment(StrEnum):
    """Where a process runs."""

    LOCAL = "local"
    TEST = "test"
    STAGING = "staging"
    PRODUCTION = "production"


def _no_placeholder(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text.strip():
        raise ValueError("is empty")
    if PLACEHOLDER.search(text):
        raise ValueError("is still a placeholder")
    return value


Secret = Annotated[SecretStr, AfterValidator(_no_placeholder)]


def setting(
    default: Any = ...,
    *,
    about: str,
    example: str = "",
    where: Literal["everywhere", "production", "local"] = "everywhere",
    **rules: Any,
) -> Any:
    """A settings field with what ``.env.example`` says of it.

    ``about`` is one line for people, ``example`` a value that shows the shape (for secrets a
    placeholder that the service refuses), ``where`` says who needs it. ``rules`` are pydantic's
    bounds (``ge``, ``le`` and so on).
    """
    extra: dict[str, JsonValue] = {"example": example, "where": where}
    return Field(default, description=about, json_schema_extra=extra, **rules)


class _Environ(EnvSettingsSource):
    """Leaves what is no JSON to the field's own rule, so that it is named with all the others."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class _Files(SecretsSettingsSource):
    """What files say, each named like a variable; no JSON is left to the field's rule, as above."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class ServiceSettings(BaseSettings):
    """What every service needs."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    environment: Environment = setting(
        Environment.PRODUCTION, about="local, test, staging or production", example="production"
    )
    secrets_directory: str | None = setting(
        None,
        about="Folder of files named like these variables in lower case, one value each; what is "
        "in the environment wins",
        example="/run/secrets",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", about="Least severe level that is logged", example="INFO"
    )
    rabbitmq_url: Secret = setting(
        about="This service's own broker user and the virtual host",
        example="amqp://ab-SERVICE:change-me@rabbitmq:5672/ab",
    )
    internal_http_host: str = setting(
        "127.0.0.1", about="Address of /livez /readyz /metrics, never public", example="127.0.0.1"
    )
    internal_http_port: int = setting(
        8080, about="Port of /livez /readyz /metrics", example="8080", ge=1, le=65535
    )
    drain_seconds: float = setting(
        20.0, about="Grace for work in flight after SIGTERM, in seconds", example="20", gt=0
    )
    unready_seconds: float = setting(
        0.0,
        about="How long after SIGTERM /readyz says no before anything stops: longer than whoever "
        "sends requests here needs to notice; 0 where they are told otherwise (preStop)",
        example="5",
        ge=0,
        le=60,
    )
    otel_exporter_otlp_endpoint: str | None = setting(
        None, about="OTLP/HTTP collector; unset sends no traces", example="http://otel:4318"
    )
    otel_exporter_otlp_headers: Secret | None = setting(
        None,
        about="What a managed collector wants to see, as key=value,key=value",
        example="change-me",
    )
    otel_traces_sample_ratio: float = setting(
        1.0,
        about="Share of traces that is kept, 0 to 1; failures are kept whatever it is",
        example="0.1",
        ge=0,
        le=1,
    )
    sentry_dsn: Secret | None = setting(
        None,
        about="Sentry's address for error reports; unset sends none",
        example="change-me",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then files where it names a folder of them."""
        del env_settings, dotenv_settings, file_secret_settings
        place = folder()
        files = () if place is None else (_Files(settings_cls, secrets_dir=place),)
        return init_settings, _Environ(settings_cls), *files


class DatabaseSettings(ServiceSettings):
    """For services with a database of their own."""

    database_url: Secret = setting(
        about="This service's own database and role, which has no DDL rights",
        example="postgresql://ab_SERVICE:change-me@postgres:5432/SERVICE",
    )
    database_owner_url: Secret | None = setting(
        None,
        about="Owner role for 'migrate' only; leave unset for the service itself",
        example="postgresql://ab_SERVICE_owner:change-me@postgres:5432/SERVICE",
    )
    database_pool_size: int = setting(
        8, about="Database sessions kept open by one process", example="8", ge=1, le=200
    )
    database_pool_mode: Literal["direct", "transaction"] = setting(
        "direct",
        about="'transaction' behind PgBouncer-like poolers: no prepared statements",
        example="direct",
    )


class StorageSettings(ServiceSettings):
    """For services that reach the object store."""

    aws_access_key_id: Secret | None = setting(
        None, about="Key id; unset uses the machine's own role", example="change-me"
    )
    aws_secret_access_key: Secret | None = setting(
        None, about="Secret of that key; unset uses the machine's own role", example="change-me"
    )
    aws_region: str = setting("us-east-1", about="Region of the buckets", example="us-east-1")
    aws_endpoint_url_s3: str | None = setting(
        None, about="Another S3-speaking store", example="http://s3:8333", where="local"
    )


def _complaint(error: dict[str, Any]) -> str:
    variable, *inside = error["loc"] or ("settings",)
    missing = error["type"] == "missing"
    wrong = "is missing" if missing else str(error["msg"]).removeprefix("Value error, ")
    place = f" (at {'.'.join(map(str, inside))})" if inside else ""
    return f"{str(variable).upper()} {wrong}{place}"


def load(settings_type: type[SettingsT]) -> SettingsT:
    """Reads settings from the environment.

    Raises:
        SettingsInvalid: naming every variable that is missing, a placeholder or wrong; never a
            value.
    """
    try:
        return settings_type()
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        complaints = [_complaint(dict(row)) for row in found]
        raise SettingsInvalid("Settings: " + "; ".join(complaints)) from None
