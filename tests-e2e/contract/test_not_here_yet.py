"""The routes of the wire that nothing answers yet: left out whole, so that no stub can lie.

Whoever builds one takes its row out of this table and puts its shape into the other tests.
"""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.journey
NOT_HERE_YET = (
    ("GET", "/admin/dashboard/stats"),
    ("GET", "/admin/sessions"),
)


@pytest.mark.parametrize(("method", "path"), NOT_HERE_YET)
async def test_it_is_not_here_yet(
    somebody: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    answer = await somebody.request(method, f"{prefix}{path}", json={})
    found = (answer.status_code, answer.json()["code"])
    # A method that is missing at an address that is there is a 405.
    assert found in {(404, "NOT_FOUND"), (405, "VALIDATION_ERROR")}
    document = (await somebody.get("/openapi.json")).json()
    told = document["paths"].get(f"/v1{path}", {})
    assert method.lower() not in told
