"""What a service stands on: opened in order on real parts, drained in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from ab_shared.contracts.base import Message
from ab_shared.contracts.catalogue import Kind, heard_by
from ab_shared.contracts.envelope import wrap
from ab_shared.contracts.events import EntitlementChanged, GenerationSettled
from ab_shared.database.migrations import Migrations, current_revision
from ab_shared.errors import DependencyUnavailable, SchemaOutdated
from ab_shared.messaging import rabbit
from ab_shared.messaging.declaring import declare
from ab_shared.messaging.ports import Subscriptions
from ab_shared.messaging.rabbit import RabbitBus
from ab_shared.runtime.health import Health
from ab_shared.runtime.settings import DatabaseSettings
from ab_shared.service import migrate_main, open_backbone, service_app
from ab_shared.testing.infra import NewDatabase
from pydantic import SecretStr
from sqlalchemy import AsyncAdaptedQueuePool

SERVICE = "entitlement"
WAIT_SECONDS = 10.0
EVENT = GenerationSettled(reservation_id=UUID(int=1), user_id="user", outcome="released")
OWNER_URL = "DATABASE_OWNER_URL"
SECRET = "hunter2"


@pytest.fixture
async def settings(rabbitmq_url: str, database: NewDatabase) -> DatabaseSettings:
    await declare(rabbitmq_url)
    made = await database(SERVICE)
    return DatabaseSettings(
        database_url=SecretStr(made.url), rabbitmq_url=SecretStr(rabbitmq_url), drain_seconds=5
    )


@asynccontextmanager
async def neighbour(url: str, service: str) -> AsyncIterator[RabbitBus]:
    bus = RabbitBus(url, service)
    await bus.start()
    try:
        yield bus
    finally:
        await bus.close()


@pytest.mark.real
class TestBackbone:
    async def test_serves_and_on_leaving_finishes_what_it_has_begun(
        self, settings: DatabaseSettings, rabbitmq_url: str
    ) -> None:
        begun, go_on, leave = asyncio.Event(), asyncio.Event(), asyncio.Event()
        told: asyncio.Queue[EntitlementChanged] = asyncio.Queue()
        health, opened = Health(), asyncio.Event()

        async def serve() -> None:
            async with open_backbone(SERVICE, settings, health) as backbone:

                async def settle(event: GenerationSettled) -> None:
                    begun.set()
                    await go_on.wait()
                    async with backbone.transactions.begin() as transaction:
                        await transaction.send(EntitlementChanged(user_id=event.user_id))

                async def ignore(_event: Message) -> None:
                    pytest.fail("nobody said that")

                heard = Subscriptions()
                # What every process hears is the backbone's own business.
                for route in (r for r in heard_by(SERVICE, Kind.EVENT) if not r.each_process):
                    own = route.message is GenerationSettled
                    heard.on(route.message, settle if own else ignore)
                await backbone.serve(heard)
                opened.set()
                await leave.wait()

        async with (
            asyncio.timeout(WAIT_SECONDS),
            neighbour(rabbitmq_url, "session") as session,
            neighbour(rabbitmq_url, "gateway") as gateway,
        ):
            listening = Subscriptions()
            listening.on(EntitlementChanged, told.put)
            await gateway.serve(listening)
            service = asyncio.create_task(serve())
            await opened.wait()
            assert await health.report() == {"postgres": "ok", "rabbitmq": "ok"}
            await session.publish(wrap(EVENT, producer="session", correlation_id="c"))
            await begun.wait()
            leave.set()
            done, _ = await asyncio.wait([service], timeout=0.2)
            assert not done
            assert told.empty()
            go_on.set()
            await service
            assert (await told.get()).user_id == "user"

    async def test_refuses_a_database_that_was_not_migrated(
        self, settings: DatabaseSettings, database: NewDatabase
    ) -> None:
        empty = SecretStr((await database(None)).url)
        health = Health()
        with pytest.raises(SchemaOutdated, match="run 'migrate' first"):
            async with open_backbone(
                SERVICE, settings.model_copy(update={"database_url": empty}), health
            ):
                pytest.fail("it opened")
        assert await health.report() == {}

    async def test_says_that_its_database_is_away(self, settings: DatabaseSettings) -> None:
        away = SecretStr(f"postgresql://u:{SECRET}@127.0.0.1:1/d")
        with pytest.raises(DependencyUnavailable) as caught:
            async with open_backbone(
                SERVICE, settings.model_copy(update={"database_url": away}), Health()
            ):
                pytest.fail("it opened")
        assert SECRET not in caught.value.message

    async def test_starts_without_a_broker_and_says_that_it_is_not_ready(
        self, settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rabbit, "PATIENCE_SECONDS", 0.1)
        away = settings.model_copy(update={"rabbitmq_url": SecretStr("amqp://u:p@127.0.0.1:1/x")})
        health = Health()
        async with asyncio.timeout(WAIT_SECONDS), open_backbone(SERVICE, away, health) as backbone:
            await backbone.serve(Subscriptions())
            report = await health.report()
            assert report["postgres"] == "ok"
            assert report["rabbitmq"] != "ok"

    async def test_a_failure_inside_still_lets_everything_go(
        self, settings: DatabaseSettings
    ) -> None:
        with suppress(ZeroDivisionError):
            async with open_backbone(SERVICE, settings, Health()) as backbone:
                pool = backbone.engine.pool
                assert isinstance(pool, AsyncAdaptedQueuePool)
                assert pool.checkedin() + pool.checkedout() > 0
                _ = 1 / 0
        assert pool.checkedin() == pool.checkedout() == 0
        with pytest.raises(DependencyUnavailable):
            await backbone.bus.check()


async def test_the_application_lives_as_long_as_the_service() -> None:
    steps: list[str] = []

    async def fine() -> None:
        """Is there."""

    @asynccontextmanager
    async def running(health: Health) -> AsyncIterator[None]:
        health.add("postgres", fine)
        steps.append("opened")
        yield
        steps.append("closed")

    app = service_app(running)
    transport = httpx.ASGITransport(app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://internal") as client,
        app.router.lifespan_context(app),
    ):
        assert steps == ["opened"]
        assert (await client.get("/readyz")).json()["parts"] == {"postgres": "ok"}
    assert steps == ["opened", "closed"]


class TestMigrate:
    @pytest.mark.real
    async def test_brings_a_database_up_to_date_and_may_be_run_again(
        self, database: NewDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        empty = await database(None)
        monkeypatch.setenv(OWNER_URL, empty.owner_url)
        for _ in range(2):
            assert await asyncio.to_thread(migrate_main, SERVICE) == 0
        assert await current_revision(empty.engine) == Migrations.of(SERVICE).head

    @pytest.mark.parametrize("url", [None, ""])
    def test_asks_for_the_owner(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        url: str | None,
    ) -> None:
        monkeypatch.delenv(OWNER_URL, raising=False)
        if url is not None:
            monkeypatch.setenv(OWNER_URL, url)
        assert migrate_main(SERVICE) == 78
        assert capsys.readouterr().err == f"{SERVICE}: {OWNER_URL} is missing\n"

    def test_may_be_tried_again_when_the_database_is_away(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv(OWNER_URL, f"postgresql://u:{SECRET}@127.0.0.1:1/d")
        assert migrate_main(SERVICE) == 75
        said = capsys.readouterr().err
        assert said.startswith(f"{SERVICE}: The database")
        assert said.count("\n") == 1
        assert SECRET not in said

    def test_cannot_work_without_migrations(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        monkeypatch.setenv(OWNER_URL, "postgresql://u:p@127.0.0.1:1/d")
        monkeypatch.setenv("MIGRATIONS_DIR", str(tmp_path))
        assert migrate_main(SERVICE) == 78
        assert "MIGRATIONS_DIR" in capsys.readouterr().err
