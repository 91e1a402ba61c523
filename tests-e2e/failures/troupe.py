"""A set of real services on the run's real servers, in a virtual host and databases of its own.

Everything reaches its servers through fault proxies, and every process can be ended and started
again, so that nothing else that uses the same servers notices. The retry ladder has the rungs of
production and a tenth of their delays.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import pytest
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.contracts.events import StemPublished
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.stems import STEMS
from ab_shared.database.migrations import Migrations
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.topology import RUNGS, TOPOLOGY, Rung, topology
from ab_shared.storage.keys import stem_key
from ab_shared.storage.s3 import ObjectStore
from ab_shared.testing.buckets import TestBucket
from ab_shared.testing.databases import DatabaseServer, ServiceDatabase
from ab_shared.testing.servers import S3Server, Servers
from ab_shared.testing.virtual_hosts import virtual_host
from ab_stitching.domain.stems.catalogue import recipe_version
from failures.actor import Actor, free_port
from failures.proxy import FaultProxies
from yarl import URL

FASTER = 10
QUICK = topology(rungs=tuple(Rung(rung.name, rung.seconds / FASTER) for rung in RUNGS))
WORKERS = ("entitlement", "tts", "stitching", "session")
WITH_DATABASE = (*WORKERS, "auth")
WORK_QUEUES = tuple(queue.name for queue in TOPOLOGY.queues if queue.service)
ResultT = TypeVar("ResultT")


def finish(work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Runs a coroutine to its end on a loop of its own, wherever the caller stands."""

    async def run() -> ResultT:
        return await work()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, run()).result()


@dataclass(slots=True, repr=False)
class Troupe:
    """Actors by name, and what they stand on."""

    folder: Path
    environments: dict[str, dict[str, str]]
    databases: dict[str, ServiceDatabase]
    database_server: DatabaseServer
    bucket: TestBucket
    rabbitmq_url: str
    proxies: FaultProxies
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str, **more: str) -> Actor:
        """The actor called ``tts`` or ``tts-2``; made, not started, when there is none yet."""
        if name not in self.actors:
            service = name.partition("-")[0]
            own = {"INTERNAL_HTTP_PORT": str(free_port()), "PORT": str(free_port()), **more}
            environment = self.environments[service] | own
            self.actors[name] = Actor(name, service, environment, self.folder)
        return self.actors[name]

    def ensure(self, *names: str) -> None:
        """Has these actors at work, and no order to die left."""
        for name in names:
            self.actor(name).spare()
            if not self.actors[name].running:
                self.actors[name].start()
        for name in names:
            self.actors[name].wait_ready()

    def only(self, *names: str) -> None:
        """Has these actors at work and no others."""
        self.proxies.heal()
        for name, actor in self.actors.items():
            if name not in names:
                actor.kill()
        self.ensure(*names)

    def close(self) -> None:
        """Ends every process."""
        for actor in self.actors.values():
            actor.kill()

    @contextlib.asynccontextmanager
    async def connected(self, service: str) -> Any:
        """A session in a service's database with the owner's rights."""
        connection = await asyncpg.connect(self.databases[service].owner_url)
        try:
            yield connection
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def unchecked(self, service: str) -> Any:
        """A session of the administrator's that no trigger stops: the past can be rewritten."""
        name = URL(self.databases[service].url).path
        url = str(URL(self.database_server.admin_url).with_path(name))
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("SET session_replication_role = replica")
            yield connection
        finally:
            await connection.close()

    async def rows(self, service: str, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """What a query finds in a service's database."""
        async with self.connected(service) as connection:
            return [dict(row) for row in await connection.fetch(query, *arguments)]

    async def depths(self) -> dict[str, int]:
        """How many messages wait in each queue of work, on the ladder and among the dead."""
        rungs = tuple(rung.queue for rung in RUNGS)
        async with await aio_pika.connect(self.rabbitmq_url) as connection:
            channel = await connection.channel()
            found: dict[str, int] = {}
            for name in (*WORK_QUEUES, *rungs):
                queue = await channel.declare_queue(name, passive=True)
                found[name] = queue.declaration_result.message_count or 0
            return found

    async def purge(self, *queues: str) -> None:
        """Throws away what waits in these queues."""
        async with await aio_pika.connect(self.rabbitmq_url) as connection:
            channel = await connection.channel()
            for name in queues:
                await (await channel.get_queue(name)).purge()

    async def dead(self) -> int:
        """How many dead letters there are."""
        return sum(n for name, n in (await self.depths()).items() if name.endswith(".dead"))

    async def unsent(self) -> int:
        """How many messages wait in outboxes."""
        counts = [await self.rows(s, "SELECT count(*) AS n FROM outbox") for s in WORKERS]
        return sum(int(rows[0]["n"]) for rows in counts)

    async def quiet(self, seconds: float = 60.0) -> None:
        """Waits until nothing waits anywhere and nobody works."""
        async with asyncio.timeout(seconds):
            before = -1.0
            while True:
                depths = await self.depths()
                waiting = sum(n for name, n in depths.items() if self._is_worked_off(name))
                handled = await asyncio.to_thread(self._handled)
                if waiting == 0 and handled == before and await self.unsent() == 0:
                    return
                before = handled
                await asyncio.sleep(0.3)

    def _is_worked_off(self, queue: str) -> bool:
        """Whether somebody at work here empties it: nobody hears the audit trail, for one."""
        services = {actor.service for actor in self.actors.values() if actor.running}
        owner = queue.partition(".")[0]
        return not queue.endswith(".dead") and (owner in services or owner not in SERVICES)

    def _handled(self) -> float:
        running = [actor for actor in self.actors.values() if actor.running]
        for actor in running:
            actor.wait_ready()
        # Requests aside: session asks for what is held again and again.
        return sum(a.metric("ab_messages_handled_total", without='.rpc"') for a in running)

    async def has_stems(self) -> bool:
        """Whether the beds that every job waits for are made."""
        query = "SELECT count(asset) = count(*) AND count(*) > 0 AS made FROM stems"
        return bool((await self.rows("session", query))[0]["made"])

    async def objects(self) -> dict[str, tuple[str, str]]:
        """Every object with its checksum and when it was written."""
        found: dict[str, tuple[str, str]] = {}
        async with ObjectStore(self.bucket.server, self.bucket.name) as store:
            pages = store.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket.name)
            async for page in pages:
                for row in page.get("Contents", []):
                    found[row["Key"]] = (row["ETag"], row["LastModified"].isoformat())
        return found


async def eventually(
    check: Callable[[], Awaitable[ResultT | None]], seconds: float = 30.0, pause: float = 0.05
) -> ResultT:
    """Asks until there is an answer that counts; TimeoutError when there never is."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        found = await check()
        if found:
            return found
        await asyncio.sleep(pause)
    raise TimeoutError(f"not within {seconds} s: {check!r:.80}")


def environments(
    stack: dict[str, Any],
    databases: dict[str, ServiceDatabase],
    bucket: TestBucket,
    rabbitmq_url: str,
    proxies: FaultProxies,
) -> dict[str, dict[str, str]]:
    """What each service runs with: as in the running stack, on servers of this troupe."""

    def through(url: str, part: str) -> str:
        return str(URL(url).with_port(proxies[part].port))

    found: dict[str, dict[str, str]] = {}
    for service in (*WITH_DATABASE, "gateway"):
        lines = Path(stack["services"][service]["env_file"]).read_text().splitlines()
        own = dict(line.split("=", 1) for line in lines if "=" in line)
        own = {name: value.strip("'\"") for name, value in own.items()}
        own["RABBITMQ_URL"] = through(rabbitmq_url, "rabbitmq")
        if service in databases:
            own["DATABASE_URL"] = through(databases[service].url, "postgres")
        if "VALKEY_URL" in own:
            own["VALKEY_URL"] = through(own["VALKEY_URL"], "valkey")
        own |= {name: bucket.name for name in own if name.endswith("_BUCKET_NAME")}
        if "AWS_ENDPOINT_URL_S3" in own:
            own["AWS_ENDPOINT_URL_S3"] = through(bucket.server.aws_endpoint_url_s3, "s3")
            own["AWS_ACCESS_KEY_ID"] = bucket.server.aws_access_key_id.get_secret_value()
            own["AWS_SECRET_ACCESS_KEY"] = bucket.server.aws_secret_access_key.get_secret_value()
        found[service] = own
    found["session"] |= {"SESSION_SWEEP_SECONDS": "0.4", "SESSION_RECONCILE_SECONDS": "0.7"}
    # Whoever comes without a token is this listener; nobody has to sign in first.
    found["gateway"] |= {"DEV_DEFAULT_USER": f"user_{secrets.token_hex(8)}"}
    return found


def targets(servers: Servers) -> dict[str, Callable[[], int]]:
    """The ports of the run's servers."""
    s3 = servers.s3.aws_endpoint_url_s3 if servers.s3 else ""
    urls = {
        "rabbitmq": servers.rabbitmq_url,
        "postgres": servers.postgres_url,
        "valkey": servers.valkey_url,
        "s3": s3,
    }
    return {part: _port(urlsplit(url or "").port or 0) for part, url in urls.items()}


def _port(number: int) -> Callable[[], int]:
    return lambda: number


@pytest.fixture(scope="session")
def troupe(
    infra: Servers,
    stack: dict[str, Any],
    database_server: DatabaseServer,
    s3_server: S3Server,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Troupe]:
    """The services of this run; a test says which of them it wants at work."""
    if infra.rabbitmq_url is None or infra.rabbitmq_management_url is None:
        pytest.skip("needs RabbitMQ and its management: run through 'make test'")
    bucket = TestBucket(s3_server)
    with (
        virtual_host(infra.rabbitmq_url, infra.rabbitmq_management_url) as url,
        FaultProxies(targets(infra)) as proxies,
    ):
        finish(lambda: declare(url, QUICK))
        databases = {
            s: finish(lambda s=s: database_server.create(Migrations.of(s))) for s in WITH_DATABASE
        }
        finish(lambda: _make(bucket))
        finish(lambda: have_stems(databases["stitching"].owner_url))
        made = environments(stack, databases, bucket, url, proxies)
        folder = tmp_path_factory.mktemp("troupe")
        troupe = Troupe(folder, made, databases, database_server, bucket, url, proxies)
        try:
            yield troupe
        finally:
            troupe.close()
            for database in databases.values():
                finish(lambda d=database: database_server.drop(d))
            finish(bucket.remove)


async def have_stems(owner_url: str) -> None:
    """Says that every bed is made: nobody listens here, and making them costs CPU minutes."""
    connection = await asyncpg.connect(owner_url)
    try:
        for stem in STEMS:
            known = StemPublished(
                stem_id=stem.stem_id,
                recipe_version=recipe_version(stem),
                asset=AssetRef(
                    key=stem_key("0" * 64, stem.file_name),
                    bytes=1,
                    sha256="0" * 64,
                    duration_ms=180_000,
                ),
                loudness_lufs=-32.0,
                true_peak_dbtp=-9.0,
                needs_runtime_crossfade=False,
                seam_risk_score=0.0,
            )
            add = "INSERT INTO stems (stem_id, announcement) VALUES ($1, $2)"
            await connection.execute(add, stem.stem_id, known.model_dump_json())
    finally:
        await connection.close()


async def _make(bucket: TestBucket) -> None:
    async with ObjectStore(bucket.server, bucket.name) as store:
        await store.client.create_bucket(Bucket=bucket.name)
    bucket.made = True
