"""What schemathesis is told about this API: who asks, and one check more."""

from __future__ import annotations

import os
import secrets
from typing import Any

import httpx
import schemathesis

URL = os.environ.get("AB_CONTRACT_URL", "")
MOST_LINES, LONGEST_LINE = 2, 60
TIMEOUT = 30.0


def new_token() -> str:
    """The token of somebody nobody has seen before."""
    account = {
        "email": f"contract-{secrets.token_hex(8)}@example.com",
        "password": secrets.token_hex(12),
    }
    answer = httpx.post(f"{URL}/v1/auth/register", json=account, timeout=TIMEOUT)
    answer.raise_for_status()
    return str(answer.json()["accessToken"])


class _Bearer:
    """Sends a token with each request."""

    def get(self, _case: schemathesis.Case, _context: schemathesis.AuthContext) -> str:
        """Signs somebody up."""
        return new_token()

    def set(self, case: schemathesis.Case, data: str, _context: schemathesis.AuthContext) -> None:
        """Leaves a header that is tried on purpose as it is."""
        case.headers = case.headers or {}
        case.headers.setdefault("Authorization", f"Bearer {data}")


@schemathesis.auth().skip_for(method="DELETE", path="/v1/me")
class Somebody(_Bearer):
    """One user for the whole run."""


@schemathesis.auth(refresh_interval=None).apply_to(method="DELETE", path="/v1/me")
class Leaving(_Bearer):
    """Another user for each try: whoever is erased can try nothing more."""


@schemathesis.hook
def map_body(_context: schemathesis.HookContext, body: Any) -> Any:
    """Cuts valid drafts short: speech costs seconds, and its lengths are tried elsewhere."""
    lines = body.get("affirmations") if isinstance(body, dict) else None
    if isinstance(lines, list) and len(lines) > MOST_LINES and all(map(_is_line, lines)):
        return {**body, "affirmations": [line[:LONGEST_LINE] for line in lines[:MOST_LINES]]}
    return body


def _is_line(line: object) -> bool:
    return isinstance(line, str) and len(line) > 0


@schemathesis.check
def documented_code(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """A refusal has one of the codes that the document names for its status."""
    told = case.operation.definition.raw["responses"].get(str(response.status_code))
    if response.status_code < httpx.codes.BAD_REQUEST or told is None:
        return
    body = response.json()
    known = told["content"]["application/json"]["examples"]
    assert body["code"] in known, f"{body['code']} is not among {', '.join(known)}"
    assert body["requestId"].isalpha(), "the requestId is not letters only"
    assert "connection" not in body["message"].lower(), "the message speaks of a connection"
