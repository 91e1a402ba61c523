"""Erasing on the real tables: nothing names the user any more, and what is left adds up."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from ab_entitlement.adapters.erasing import COSTS, CUSTOMERS, DOERS, PostgresErasing
from ab_entitlement.adapters.erasing import EVENTS as ERASED_EVENTS
from ab_entitlement.adapters.personal_rows import EVENTS as HELD_EVENTS
from ab_entitlement.adapters.postgres import PostgresLedger
from ab_entitlement.adapters.tables import METADATA
from ab_entitlement.usecases.erase_user import EraseUser
from ab_shared.contracts.privacy import ErasureRequested, UserErased
from ab_shared.database.transaction import Transactions
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import ColumnElement, exc, insert, literal_column, select, text, update

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
TODAY = date(2026, 1, 5)
USER, OTHER = "user_1", "user_12"
ERASURE = UUID(int=7)
LEDGER = METADATA.tables["ledger_entries"]
ROW: ColumnElement[str] = literal_column("row_to_json(t)::text")


async def rows_of(made: ServiceDatabase, table: str) -> list[str]:
    async with made.engine.connect() as connection:
        rows = select(ROW).select_from(METADATA.tables[table].alias("t"))
        found = await connection.execute(rows)
        return list(found.scalars())


async def naming(made: ServiceDatabase, word: str) -> list[str]:
    """Every row of every table but the outbox with this word in it."""
    tables = [name for name in METADATA.tables if name != "outbox"]
    found = [row for table in tables for row in await rows_of(made, table)]
    return [row for row in found if f'"{word}"' in row.replace("\\", "")]


async def spend(made: ServiceDatabase, user: str) -> None:
    """A day of somebody: a generation, what it cost, a correction, a purchase."""
    job = uuid4()
    tables = METADATA.tables
    entry = {"user_id": user, "day": TODAY, "at": NOW}
    event = {"type": "RENEWAL", "app_user_id": f"$anon:{user}", "aliases": [user]}
    async with made.engine.begin() as connection:
        for name, values in (
            ("reservations", {"id": job, "user_id": user, "day": TODAY, "state": "committed"}),
            ("ledger_entries", {**entry, "kind": "reserve", "amount": 1, "reservation_id": job}),
            (
                "ledger_entries",
                {**entry, "kind": "correct", "amount": -1, "request_id": uuid4(), "actor": USER},
            ),
            ("accounts", {"user_id": user, "timezone": "Europe/Berlin"}),
            ("subscriptions", {"user_id": user, "source": "internal"}),
            ("purchase_customers", {"id": f"$anon:{user}", "user_id": user}),
            ("purchase_customers", {"id": user}),
            (
                "purchase_events",
                {
                    "id": f"e-{user}",
                    "type": "RENEWAL",
                    "counted": True,
                    "occurred_at": NOW,
                    "received_at": NOW,
                    "event": json.dumps(event),
                },
            ),
            (
                "job_costs",
                {
                    "job_id": job,
                    "session_id": uuid4(),
                    "user_id": user,
                    "day": TODAY,
                    "outcome": "ready",
                    "characters": 100,
                    "reads_made": 2,
                    "reads_reused": 0,
                    "rendered_ms": 1,
                    "render_ms": 1,
                    "at": NOW,
                },
            ),
        ):
            more = {"reserved_at": NOW} if name == "reservations" else {}
            await connection.execute(insert(tables[name]).values(**values, **more))


@pytest.mark.real
class TestErasing:
    @pytest.fixture
    async def made(self, database: NewDatabase) -> ServiceDatabase:
        made = await database("entitlement")
        await spend(made, USER)
        await spend(made, OTHER)
        return made

    @pytest.fixture
    def transactions(self, made: ServiceDatabase) -> Transactions:
        return Transactions(made.engine, producer="entitlement", relay=None)

    async def test_nothing_names_the_user_and_the_rest_adds_up(
        self, made: ServiceDatabase, transactions: Transactions
    ) -> None:
        erase = EraseUser(PostgresErasing(transactions))
        event = ErasureRequested(erasure_id=ERASURE, user_id=USER)
        assert await naming(made, USER)
        for _ in range(2):
            await erase(event)
        await erase.again(UserErased(erasure_id=ERASURE))
        assert await naming(made, USER) == []
        # Somebody whose id begins alike keeps every row, and the costs of the day are still known.
        assert len(await naming(made, OTHER)) == 9
        assert len(await rows_of(made, "job_costs")) == 2
        async with PostgresLedger(transactions).begin() as unit:
            assert await unit.drift(TODAY) == 0

    async def test_both_reports_are_sent_and_the_first_one_counts(
        self, made: ServiceDatabase, transactions: Transactions
    ) -> None:
        erase = EraseUser(PostgresErasing(transactions))
        for _ in range(2):
            await erase(ErasureRequested(erasure_id=ERASURE, user_id=USER))
        sent = [json.loads(json.loads(row)["envelope"]) for row in await rows_of(made, "outbox")]
        first, second = [envelope["data"]["counts"] for envelope in sent]
        assert first["ledger_entries"] == 2
        assert first["purchase_customers"] == 2
        assert first["purchase_events"] == 1
        assert not any(second.values())

    async def test_what_comes_late_goes_at_the_end_and_whoever_comes_back_stays(
        self, made: ServiceDatabase, transactions: Transactions
    ) -> None:
        erase = EraseUser(PostgresErasing(transactions))
        event = ErasureRequested(erasure_id=ERASURE, user_id=USER)
        await erase(event)
        await spend(made, USER)
        await erase.again(UserErased(erasure_id=ERASURE))
        assert await naming(made, USER) == []
        await spend(made, USER)
        # The same messages, days later: they are of an erasure that is over.
        await erase(event)
        await erase.again(UserErased(erasure_id=ERASURE))
        assert await naming(made, USER)

    async def test_the_ledger_still_refuses_every_other_change(self, made: ServiceDatabase) -> None:
        for change in ({"amount": 5}, {"actor": "me"}, {"actor": "erased", "amount": 0}):
            async with made.engine.connect() as connection:
                with pytest.raises(exc.DBAPIError, match="only added to"):
                    await connection.execute(update(LEDGER).values(**change))

    async def test_events_are_found_by_what_they_name_however_it_is_written(
        self, made: ServiceDatabase, transactions: Transactions
    ) -> None:
        # Longer than an index takes as it is, of letters that JSON escapes, beside what jsonb
        # would refuse; others are named like a key, or by part of the name.
        odd = '"\\' + "\N{SMILING FACE WITH SUNGLASSES}" * 254
        events = {
            "beside": {"aliases": ["x", odd], "price": 10**400, "cancel_reason": "\0"},
            "key": {odd: "x", "app_user_id": odd[:-1]},
            "longer": {"app_user_id": odd + "x"},
        }
        same = {"type": "RENEWAL", "counted": True, "occurred_at": NOW, "received_at": NOW}
        rows = [{"id": key, "event": json.dumps(event), **same} for key, event in events.items()]
        async with made.engine.begin() as connection:
            await connection.execute(insert(METADATA.tables["purchase_events"]), rows)
        erase = EraseUser(PostgresErasing(transactions))
        await erase(ErasureRequested(erasure_id=ERASURE, user_id=odd))
        left = [json.loads(row)["id"] for row in await rows_of(made, "purchase_events")]
        assert sorted(left) == [f"e-{USER}", f"e-{OTHER}", "key", "longer"]

    async def test_no_statement_reads_a_table_through(self, made: ServiceDatabase) -> None:
        given = {"user_id": USER, "names": "[]", "after": "", "limit": 1}
        for query in (CUSTOMERS, ERASED_EVENTS, COSTS, DOERS, HELD_EVENTS):
            async with made.engine.begin() as connection:
                await connection.execute(text("SET LOCAL enable_seqscan = off"))
                wanted = {name: given[name] for name in query.compile().params}
                plan = await connection.execute(text(f"EXPLAIN {query.text}"), wanted)
                assert "Seq Scan" not in "\n".join(plan.scalars()), query.text
