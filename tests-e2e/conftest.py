"""The running stack and clients of it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from ab_client.api import ApiClient
from failures.whole_day import within_one_day

STACK_VARIABLE = "AB_TEST_STACK"


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    """The stack file of the instance under test."""
    path = os.environ.get(STACK_VARIABLE)
    if not path:
        pytest.skip(f"needs a running stack ({STACK_VARIABLE}): run these through 'make test'")
    description: dict[str, Any] = json.loads(Path(path).read_text())
    return description


@pytest.fixture(scope="session")
def gateway_url(stack: dict[str, Any]) -> str:
    """Where the public API answers."""
    return str(stack["gateway_url"])


@pytest.fixture
async def visitor(gateway_url: str) -> AsyncIterator[ApiClient]:
    """Somebody who has not signed in."""
    async with ApiClient(gateway_url) as client:
        yield client


NewUser = Callable[[], Awaitable[ApiClient]]


@pytest.fixture
async def new_user(gateway_url: str) -> AsyncIterator[NewUser]:
    """Makes signed-in users nobody has seen before; their day does not end with the test."""
    clients: list[ApiClient] = []
    await within_one_day(lasts=20)

    async def make() -> ApiClient:
        client = ApiClient(gateway_url)
        clients.append(client)
        await client.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
        return client

    yield make
    for client in clients:
        await client.__aexit__(None, None, None)


@pytest.fixture
async def user(new_user: NewUser) -> ApiClient:
    """One signed-in user."""
    return await new_user()


CountRows = Callable[[], Awaitable[dict[str, int]]]
COUNT = "SELECT count(*) FROM TABLE"
COUNTED = {
    "session": ("sessions", "jobs", "job_reads", "outbox"),
    "entitlement": ("reservations", "outbox"),
}


@pytest.fixture
async def count_rows(stack: dict[str, Any]) -> CountRows:
    """Counts the rows a create leaves behind."""
    postgres = stack["infrastructure"]["postgres"]

    async def count() -> dict[str, int]:
        counts: dict[str, int] = {}
        for database, tables in COUNTED.items():
            connection = await asyncpg.connect(
                f"{postgres['admin_url'].rsplit('/', 1)[0]}/{database}"
            )
            try:
                for table in tables:
                    statement = await connection.prepare(COUNT.replace("TABLE", table))
                    counts[f"{database}.{table}"] = await statement.fetchval()
            finally:
                await connection.close()
        return counts

    return count
