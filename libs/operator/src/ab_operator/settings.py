"""Where the operator's tool finds the broker: the environment, else the local stack's file."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Any

from ab_shared.contracts.catalogue import OPERATOR
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import Secret, load, setting
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

LOCAL_STACK = Path(".local/dev/stack.json")
BROKER_USER = f"ab-{OPERATOR}"
VARIABLE = "OPERATOR_RABBITMQ_URL"


class OperatorSettings(BaseSettings):
    """What the operator's tool needs; it reaches everything through the broker."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    operator_rabbitmq_url: Secret = setting(
        about="The operator's own broker user and the virtual host",
        example="amqp://ab-operator:change-me@rabbitmq:5672/ab",
    )
    operator_name: str | None = setting(
        None,
        about="Who is at work, for the audit trail, no address; unset takes the login name",
        example="jo",
        pattern=r"^[^@\s]+$",
        max_length=100,
    )

    @property
    def actor(self) -> str:
        """Who the audit trail says has acted."""
        return self.operator_name or getpass.getuser()


def find_settings(stack: Path | None) -> OperatorSettings:
    """Those of ``stack`` if one is named; else the environment's; else the local stack's.

    Raises:
        SettingsInvalid: nothing says where the broker is, or it says it wrongly.
    """
    if stack is None and os.environ.get(VARIABLE) is None and LOCAL_STACK.exists():
        stack = LOCAL_STACK
    return load(OperatorSettings) if stack is None else _of_stack(stack)


def _of_stack(path: Path) -> OperatorSettings:
    try:
        described: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        url = described["infrastructure"]["rabbitmq"]["urls"][BROKER_USER]
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsInvalid(
            f"{path} names no broker user {BROKER_USER}: is the stack running, and of this release?"
        ) from None
    return OperatorSettings(operator_rabbitmq_url=SecretStr(url))
