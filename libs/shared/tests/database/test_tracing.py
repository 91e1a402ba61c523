"""A transaction is one span below the work, and says which tables it touched and nothing more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ab_shared.contracts.events import ReadFailed
from ab_shared.database.tracing import summary
from ab_shared.database.transaction import Transactions
from ab_shared.errors import DependencyUnavailable
from ab_shared.testing.databases import ServiceDatabase
from ab_shared.testing.spans import recorded
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import text

WORDS = "words that somebody wrote"
ADD = text("INSERT INTO notes (id, words) VALUES (1, :words)")
FAILED = ReadFailed(speech_address="0" * 64, code="no", message=WORDS)


@pytest.fixture
def transactions(notes: ServiceDatabase) -> Transactions:
    return Transactions(notes.engine, producer="tts", relay=None)


@pytest.fixture
def spans() -> Iterator[list[ReadableSpan]]:
    with recorded() as found:
        yield found


async def too_slow(transactions: Transactions) -> None:
    async with transactions.begin() as unit:
        await unit.connection.execute(text("SET LOCAL statement_timeout = 10"))
        await unit.connection.execute(text("SELECT pg_sleep(5)"))


@pytest.mark.real
async def test_a_transaction_is_one_span(
    transactions: Transactions, notes: ServiceDatabase, spans: list[ReadableSpan]
) -> None:
    work = trace.get_current_span().get_span_context()
    async with transactions.begin() as unit:
        await unit.connection.execute(ADD, {"words": WORDS})
        await unit.connection.execute(text("SELECT id FROM notes"))
        await unit.connection.execute(text("SELECT words FROM notes WHERE words = 'secret'"))
        await unit.send(FAILED)
    [span] = spans
    assert span.parent.span_id == work.span_id
    assert span.kind is SpanKind.CLIENT
    assert span.attributes == {
        "db.system.name": "postgresql",
        "db.namespace": notes.engine.url.database,
        "db.operation.name": "transaction",
        "db.query.summary": "INSERT notes; SELECT notes; INSERT outbox",
        "ab.statements": 4,
    }
    assert span.status.status_code is StatusCode.UNSET
    assert WORDS not in span.to_json()
    assert "secret" not in span.to_json()


@pytest.mark.real
async def test_one_statement_gives_its_name(
    transactions: Transactions, spans: list[ReadableSpan]
) -> None:
    async with transactions.begin() as unit:
        await unit.connection.execute(text("SELECT id FROM notes"))
    [span] = spans
    assert (span.name, span.attributes["db.operation.name"]) == ("SELECT notes", "SELECT")


@pytest.mark.real
async def test_only_the_servers_errors_fail_it(
    transactions: Transactions, spans: list[ReadableSpan]
) -> None:
    with pytest.raises(ValueError, match=WORDS):
        async with transactions.begin():
            raise ValueError(WORDS)
    with pytest.raises(DependencyUnavailable):
        await too_slow(transactions)
    well, failed = spans
    assert well.status.status_code is StatusCode.UNSET
    assert failed.status.status_code is StatusCode.ERROR
    assert failed.attributes["error.type"] == failed.status.description == "DependencyUnavailable"
    assert WORDS not in well.to_json()


@pytest.mark.real
async def test_without_a_trace_there_is_no_span(
    transactions: Transactions, spans: list[ReadableSpan]
) -> None:
    token = context.attach(Context())
    async with transactions.begin() as unit:
        await unit.connection.execute(text("SELECT id FROM notes"))
    context.detach(token)
    assert spans == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT a, b FROM sessions WHERE title = 'x'", "SELECT sessions"),
        ('  select 1 from "reads"', "SELECT reads"),
        ("INSERT INTO outbox (envelope) VALUES ($1)", "INSERT outbox"),
        ("UPDATE prepared_reads SET x = 1", "UPDATE prepared_reads"),
        ("DELETE FROM ONLY jobs", "DELETE jobs"),
        ("WITH due AS (SELECT id FROM jobs) UPDATE jobs SET x = 1", "WITH jobs"),
        ("SET LOCAL statement_timeout = 10", "statement"),
        ("/* from anna@example.com */ SELECT 1", "statement"),
        ("", "statement"),
    ],
)
def test_a_summary_holds_a_verb_and_a_table(statement: str, said: str) -> None:
    assert summary(statement) == said


@pytest.mark.real
async def test_long_statements_are_not_remembered_whole(
    transactions: Transactions, spans: list[ReadableSpan]
) -> None:
    summary.cache_clear()
    async with transactions.begin() as unit:
        for rows in (800, 801, 802):
            await unit.connection.execute(text("SELECT 1 AS one" + ", 1" * rows))
    del spans
    assert summary.cache_info().currsize == 1
