"""Everything operators can read of a stack, and what of the planted stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

LEAST = 8
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
HTTP_SECONDS = 10.0


@dataclass
class Places:
    """What was read: the name of a place, and its text in small letters."""

    texts: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, text: str | bytes) -> None:
        """One more place."""
        raw = text.decode(errors="replace") if isinstance(text, bytes) else text
        self.texts[name] = raw.lower()

    def found(self, planted: Mapping[str, str]) -> list[str]:
        """Every planted thing that stands somewhere, as ``what in where``; never the thing."""
        return sorted(
            f"{what} in {place}"
            for what, secret in planted.items()
            for place, text in self.texts.items()
            if secret.lower() in text
        )


def logs(folder: Path) -> Iterator[tuple[str, str]]:
    """The logs of services and servers."""
    for path in sorted(folder.glob("*.log")):
        yield f"log/{path.stem}", path.read_text(errors="replace")


def metrics(stack: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What Prometheus would be told, exemplars included."""
    for name, service in stack["services"].items():
        url = f"{service['url']}/metrics"
        answer = httpx.get(url, headers={"Accept": OPENMETRICS}, timeout=HTTP_SECONDS)
        answer.raise_for_status()
        yield f"metrics/{name}", answer.text


def own_secrets(stack: Mapping[str, Any]) -> dict[str, str]:
    """The stack's own: passwords, keys, and the URLs that hold them."""
    found: dict[str, str] = {}
    _gather(stack["infrastructure"], "", found)
    for name, service in stack["services"].items():
        for line in Path(service["env_file"]).read_text().splitlines():
            variable, _, value = line.partition("=")
            if _secret(variable):
                found[f"{name} {variable}"] = value.strip("'\"")
    return {what: text for what, text in found.items() if len(text) >= LEAST}


def _gather(value: Any, path: str, found: dict[str, str]) -> None:
    if isinstance(value, dict):
        for name, held in value.items():
            _gather(held, f"{path} {name}".strip(), found)
    elif isinstance(value, str) and ("password" in path or "secret" in path or "@" in value):
        found[path] = value
        if "@" in value:
            found[f"{path} password"] = value.rsplit("@", 1)[0].rsplit(":", 1)[-1]


def _secret(variable: str) -> bool:
    words = ("SECRET", "PASSWORD", "_KEY", "AUTHORIZATION", "DSN", "DATABASE_URL", "RABBITMQ_URL")
    return any(word in variable for word in words) and not variable.endswith("_KEY_ID")
