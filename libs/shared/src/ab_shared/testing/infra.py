"""Fixtures with real servers behind them; a test that uses one is marked ``real``.

They are found through ``AB_TEST_STACK`` (a stack file), ``AB_TEST_<PART>_URL`` or, with
``AB_TEST_INFRA=testcontainers``, started in containers; without any the test is skipped.
"""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest

from ab_shared.database.migrations import Migrations
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing import servers
from ab_shared.testing.buckets import TestBucket
from ab_shared.testing.databases import DatabaseServer, ServiceDatabase
from ab_shared.testing.servers import S3Server, Servers
from ab_shared.testing.virtual_hosts import virtual_host

NewDatabase: TypeAlias = Callable[[str | Migrations | None], Awaitable[ServiceDatabase]]


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Runs what ends a session on a loop of its own, apart from those of the tests."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def infra() -> Iterator[Servers]:
    """The servers of this test run."""
    if os.environ.get(servers.INFRA) == "testcontainers":
        with importlib.import_module("ab_shared.testing.containers").started() as started:
            yield started
    else:
        yield servers.found()


@pytest.fixture
def rabbitmq_url(infra: Servers) -> Iterator[str]:
    """The broker as an administrator, in a virtual host of this test where that can be had."""
    if infra.rabbitmq_url is None:
        servers.missing("RabbitMQ")
    if infra.rabbitmq_management_url is None:
        yield infra.rabbitmq_url
        return
    with virtual_host(infra.rabbitmq_url, infra.rabbitmq_management_url) as url:
        yield url


@pytest.fixture(scope="session")
def database_server(infra: Servers) -> Iterator[DatabaseServer]:
    """Where ``database`` makes its databases."""
    if infra.postgres_url is None:
        servers.missing("Postgres")
    server = DatabaseServer(infra.postgres_url)
    yield server
    _finish(server.close())


@pytest.fixture
async def database(database_server: DatabaseServer) -> AsyncIterator[NewDatabase]:
    """Makes migrated databases for this test alone, given the name of a service."""
    made: list[ServiceDatabase] = []

    async def make(of: str | Migrations | None) -> ServiceDatabase:
        migrations = Migrations.of(of) if isinstance(of, str) else of
        made.append(await database_server.create(migrations))
        return made[-1]

    yield make
    for one in made:
        await database_server.drop(one)


@pytest.fixture
def valkey_url(infra: Servers) -> str:
    """The cache; shared, so a test uses keys of its own."""
    return infra.valkey_url or servers.missing("Valkey")


@pytest.fixture(scope="session")
def s3_server(infra: Servers) -> S3Server:
    """The object store's address and key."""
    return infra.s3 or servers.missing("The object store")


@pytest.fixture(scope="session")
def bucket(s3_server: S3Server) -> Iterator[TestBucket]:
    """The bucket of this test run."""
    made = TestBucket(s3_server)
    yield made
    _finish(made.remove())


@pytest.fixture
async def object_store(bucket: TestBucket) -> AsyncIterator[ObjectStore]:
    """An empty bucket of the real store."""
    async with bucket.opened() as store:
        yield store
