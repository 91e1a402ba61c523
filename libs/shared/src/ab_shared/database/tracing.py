"""One span for each transaction, which says what its statements did to which tables.

A span for each statement would cost a third of the time of a short one, and says less: what takes
long is mostly the way to the server and back, or somebody else's lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from opentelemetry import trace
from opentelemetry.trace import SpanKind
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from ab_shared.errors import DependencyUnavailable, TransientError
from ab_shared.runtime.telemetry_spans import fail, step

MOST_NAMED = 12
# A statement of a thousand rows is as long as a book, and each number of rows makes another.
MOST_READ = 2000
_TARGET = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(?:ONLY\s+)?\"?([a-z_][a-z0-9_.]*)", re.IGNORECASE)
_ran: ContextVar[list[str] | None] = ContextVar("ab_statements", default=None)


@lru_cache(maxsize=1024)
def summary(statement: str) -> str:
    """``SELECT sessions`` for a statement that reads sessions (db.query.summary of OpenTelemetry).

    The first word and the first table: never a value, whatever was written into the statement.
    """
    verb = statement.lstrip("( \n").partition(" ")[0].upper()
    found = _TARGET.search(statement)
    return f"{verb} {found[1].lower()}" if found and verb.isalpha() else "statement"


def note_statements(engine: AsyncEngine) -> None:
    """Lets the span of a transaction know what runs in it."""

    def note(*arguments: object) -> None:
        ran = _ran.get()
        if ran is not None:
            ran.append(summary(str(arguments[2])[:MOST_READ]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)


@contextmanager
def traced(database: str) -> Iterator[None]:
    """The span of one transaction; where nobody traces it costs nothing."""
    if not trace.get_current_span().is_recording():
        yield
        return
    attributes = {"db.system.name": "postgresql", "db.namespace": database}
    before, ran = _ran.get(), list[str]()
    _ran.set(ran)
    # The work's own errors roll back; only the server's make the transaction a failed one.
    with step(f"transaction {database}", SpanKind.CLIENT, attributes, calm=(Exception,)) as span:
        try:
            yield
        except (DependencyUnavailable, TransientError) as error:
            fail(span, type(error).__name__)
            raise
        finally:
            _ran.set(before)
            distinct = list(dict.fromkeys(ran))
            if len(distinct) == 1:
                span.update_name(distinct[0])
            operation = distinct[0].partition(" ")[0] if len(distinct) == 1 else "transaction"
            span.set_attribute("db.operation.name", operation)
            span.set_attribute("db.query.summary", "; ".join(distinct[:MOST_NAMED]))
            span.set_attribute("ab.statements", len(ran))
