"""Plain HTTP at the running stack: what a client sees, with nothing typed in between."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from ab_client.api import ApiClient

PREFIXES = ("/v1", "")


@pytest.fixture
async def nobody(gateway_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has not signed in."""
    async with httpx.AsyncClient(base_url=gateway_url, timeout=30) as client:
        yield client


@pytest.fixture
async def somebody(gateway_url: str, user: ApiClient) -> AsyncIterator[httpx.AsyncClient]:
    """A user nobody has seen before."""
    headers = {"Authorization": str(user.authorization)}
    async with httpx.AsyncClient(base_url=gateway_url, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(params=PREFIXES, ids=["v1", "bare"])
def prefix(request: pytest.FixtureRequest) -> str:
    """With the canonical prefix, and without it as installed builds call."""
    return str(request.param)
