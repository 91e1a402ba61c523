"""Prometheus and Alertmanager as the operator asks them: read only, and without the broker."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from ab_shared.errors import DependencyUnavailable, SettingsInvalid, ValidationFailed

from ab_operator.settings import LOCAL_STACK

SECONDS = 30.0
WHERE = {"prometheus": "PROMETHEUS_URL", "alertmanager": "ALERTMANAGER_URL"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: what it is about, and its value."""

    labels: Mapping[str, str]
    value: float


def address(program: str, stack: Path | None) -> str:
    """Where ``prometheus`` or ``alertmanager`` answers.

    A stack file that is named comes first, then PROMETHEUS_URL or ALERTMANAGER_URL, then the local
    stack.

    Raises:
        SettingsInvalid: nothing says where.
    """
    named = os.environ.get(WHERE[program])
    if stack is None and named:
        return named.rstrip("/")
    place = stack or LOCAL_STACK
    try:
        found: str = json.loads(place.read_text(encoding="utf-8"))[f"{program}_url"]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsInvalid(
            f"set {WHERE[program]}, or start the local stack with 'make up OBSERVE=1'"
        ) from None
    return found.rstrip("/")


def ask(url: str, expression: str) -> list[Sample]:
    """The answer to PromQL, now; a number alone has no labels.

    Raises:
        ValidationFailed: it is no PromQL, or too much was asked.
        DependencyUnavailable: nobody answers there.
    """
    data = _get(f"{url}/api/v1/query", query=expression)["data"]
    if data["resultType"] in {"scalar", "string"}:
        return [Sample({}, float(data["result"][1]))]
    if data["resultType"] != "vector":
        raise ValidationFailed("ask for one moment: rate(x[5m]), not x[5m]")
    return [Sample(row["metric"], float(row["value"][1])) for row in data["result"]]


def firing(url: str) -> list[dict[str, Any]]:
    """The alerts that Alertmanager has, silenced and inhibited ones too; raises as ``ask``."""
    found: list[dict[str, Any]] = _get(f"{url}/api/v2/alerts")
    return found


def _get(url: str, **parameters: str) -> Any:
    try:
        answer = httpx.get(url, params=parameters, timeout=SECONDS, trust_env=False)
        if answer.status_code in {httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY}:
            raise ValidationFailed(str(answer.json().get("error", "refused")))
        return answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise DependencyUnavailable(f"{url} does not answer ({type(error).__name__})") from error
