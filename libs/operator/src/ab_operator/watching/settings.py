"""What ``ab operator watch`` reads from its environment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

import httpx
from ab_shared.runtime.settings import Secret, setting
from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
SCHEMES = frozenset({"http", "https"})
LAST_PORT = 65535


class WatchSettings(BaseSettings):
    """What is looked at, how often, and where the figures are shown."""

    # Decoded below: what is no JSON is then named like all else that is wrong.
    model_config = SettingsConfigDict(
        env_file=None, extra="ignore", frozen=True, enable_decoding=False
    )

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
    watch_urls: dict[str, str] = setting(
        {},
        about="JSON object: short name to the http(s) address that shall answer 2xx to anybody",
        example='{"api": "https://api.example.com/v1/health"}',
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

    @field_validator(
        *("watch_certificates", "watch_backups", "watch_disks", "watch_secrets", "watch_urls"),
        mode="before",
    )
    @classmethod
    def _decoded(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("is no JSON") from None

    @field_validator("watch_urls")
    @classmethod
    def _asked_as_anybody(cls, value: dict[str, str]) -> dict[str, str]:
        # A name that is none is not shown: it may be an address, and that may hold a password.
        if not all(NAME.fullmatch(name) for name in value):
            raise ValueError("has a name that is not 1 to 40 of a-z, 0-9, - and _")
        wrong = [f"{name} {said}" for name, said in _complaints(value)]
        if wrong:
            raise ValueError(f"has what cannot be asked: {', '.join(wrong)}")
        return value


def _complaints(urls: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, address in urls.items():
        try:
            url = httpx.URL(address)
        except httpx.InvalidURL:
            yield name, "is no address"
            continue
        if url.scheme not in SCHEMES or not url.host:
            yield name, "is no http:// or https:// with a host"
        elif url.port is not None and not 0 < url.port <= LAST_PORT:
            yield name, "has a port that there is not"
        elif url.userinfo:
            yield name, "has a user or password in it"
