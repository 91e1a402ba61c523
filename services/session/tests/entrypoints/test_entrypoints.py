from __future__ import annotations

import pytest
from ab_session.adapters.analytics_rows import PostgresAnalytics
from ab_session.adapters.desk_rows import PostgresDesk
from ab_session.back_office_ports import Office
from ab_session.bootstrap import wire
from ab_session.settings import SessionSettings
from ab_shared.contracts.catalogue import Kind, heard_by
from ab_shared.contracts.draining import DrainSet
from ab_shared.contracts.log_levels import LogLevelSet
from ab_shared.database.transaction import Transactions
from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.settings import load
from ab_shared.testing.memory_broker import MemoryBroker
from session_memory.rig import KEY
from session_memory.store import MemoryStore
from sqlalchemy.ext.asyncio import create_async_engine

ENGINE = create_async_engine("postgresql+asyncpg://nowhere")
NOWHERE = Transactions(ENGINE, producer="session", relay=None)
NOBODY_ASKS = Office(PostgresDesk(NOWHERE), PostgresAnalytics(NOWHERE))


def test_everything_the_catalogue_sends_here_is_heard() -> None:
    bus = MemoryBroker().bus("session")
    heard = wire(MemoryStore(bus), bus, KEY, office=NOBODY_ASKS).subscriptions
    routes = [*heard_by("session", Kind.EVENT), *heard_by("session", Kind.REQUEST)]
    # What every service hears is taken by what they share.
    own = {route.routing_key for route in routes} - {LogLevelSet.routing_key, DrainSet.routing_key}
    assert {*heard.handlers, *heard.answerers} == own


def test_settings_name_every_missing_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "RABBITMQ_URL", "CONTENT_ADDRESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsInvalid) as refused:
        load(SessionSettings)
    for name in ("DATABASE_URL", "RABBITMQ_URL", "CONTENT_ADDRESS_KEY"):
        assert name in refused.value.message
