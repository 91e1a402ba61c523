"""Dashboard, sessions and analytics of the admin surface: shut to whoever holds no role."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from contract.test_wire import refused

pytestmark = pytest.mark.journey
SESSION = f"/sessions/{uuid4()}"
DESK = (
    ("GET", "/dashboard/stats"),
    ("GET", "/sessions"),
    ("GET", SESSION),
    ("DELETE", SESSION),
    ("POST", f"{SESSION}/lines"),
    ("GET", f"{SESSION}/audio-integrity"),
    ("POST", f"{SESSION}/rebuild-audio"),
    ("GET", "/analytics"),
    ("POST", "/analytics/roll-up"),
    ("POST", "/users/somebody/erase"),
    ("POST", "/users/somebody/revoke-tokens"),
)


@pytest.mark.parametrize(("method", "path"), DESK)
async def test_the_desk_is_nobody_s_but_administrators(
    somebody: httpx.AsyncClient, nobody: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    place = f"{prefix}/admin{path}"
    refused(await somebody.request(method, place, json={}), 403, "FORBIDDEN")
    refused(await nobody.request(method, place, json={}), 401, "UNAUTHORIZED")
