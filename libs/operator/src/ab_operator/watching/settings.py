"""What ``ab operator watch`` reads from its environment."""

from __future__ import annotations

from datetime import date
from typing import Literal

from ab_shared.runtime.settings import Secret, setting
from pydantic_settings import BaseSettings, SettingsConfigDict


class WatchSettings(BaseSettings):
    """What is looked at, how often, and where the figures are shown."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    watch_certificates: tuple[str, ...] = setting(
        (),
        about="JSON list of hosts whose TLS certificate is looked at; :443 unless they say another",
        example='["api.example.com", "media.example.com"]',
    )
    watch_backups: dict[str, str] = setting(
        {},
        about="JSON object: name to the folder that backups are made in (or s3://bucket/prefix)",
        example='{"all": "/backups"}',
    )
    watch_disks: tuple[str, ...] = setting(
        (), about="JSON list of paths whose disk is looked at", example='["/backups"]'
    )
    watch_secrets: dict[str, date] = setting(
        {},
        about="JSON object: name of a secret (never itself) to the day it was last changed",
        example='{"rabbitmq": "2026-11-01", "postgres": "2026-11-01"}',
    )
    watch_every_seconds: float = setting(
        60.0, about="How often everything is looked at", example="60", ge=1, le=86400
    )
    watch_look_seconds: float = setting(
        5.0, about="How long one look may take", example="5", gt=0, le=60
    )
    internal_http_host: str = setting(
        "127.0.0.1", about="Address of /livez /readyz /metrics", example="127.0.0.1"
    )
    internal_http_port: int = setting(
        8080, about="Port of /livez /readyz /metrics", example="8080", ge=1, le=65535
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO", about="Least severe level that is logged", example="INFO"
    )
    aws_access_key_id: Secret | None = setting(
        None, about="For backups in a bucket; unset uses the machine's own role", example=""
    )
    aws_secret_access_key: Secret | None = setting(
        None, about="Secret of that key; unset uses the machine's own role", example=""
    )
    aws_region: str = setting("us-east-1", about="Region of that bucket", example="us-east-1")
    aws_endpoint_url_s3: str | None = setting(None, about="Another S3-speaking store", example="")
