"""Logs: one JSON object a line, with the ids that lead from a line to its request and trace."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from hashlib import sha256
from typing import TextIO

import orjson
from opentelemetry import trace

from ab_shared.runtime.context import current
from ab_shared.runtime.scrubbing import Scrubber
from ab_shared.runtime.stacks import told

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def hashed(user_id: str) -> str:
    """A user as logs name them: the first 16 hex digits of SHA-256."""
    return sha256(user_id.encode()).hexdigest()[:16]


class JsonFormatter(logging.Formatter):
    """Formats a record, its ``extra`` fields and the current ids as one JSON line, scrubbed."""

    def __init__(self, service: str, scrubber: Scrubber) -> None:
        super().__init__()
        self._service = service
        self._scrubber = scrubber

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON without its line feed."""
        context = current()
        row: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": self._message(record),
            "request_id": context.request_id,
            "correlation_id": context.correlation_id,
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            row["trace_id"] = trace.format_trace_id(span.trace_id)
            row["span_id"] = trace.format_span_id(span.span_id)
        extra = {key: value for key, value in vars(record).items() if key not in STANDARD}
        row.update((key, self._scrubber.value(value, key)) for key, value in extra.items())
        if record.exc_info and record.exc_info[1] is not None:
            row["exception"] = told(record.exc_info[1], self._scrubber)
        return _line(row)

    def _message(self, record: logging.LogRecord) -> str:
        # Our own lines say what they mean to say; libraries quote what they could not swallow.
        ours = record.name == "ab" or record.name.startswith("ab.")
        scrub = self._scrubber.text if ours else self._scrubber.error
        return scrub(record.getMessage())


def _line(row: dict[str, object]) -> str:
    try:
        return orjson.dumps(row, default=str).decode()
    except orjson.JSONEncodeError:  # keys that are no text, huge numbers, half a surrogate pair
        return json.dumps(row, default=str, skipkeys=True)


def configure(
    service: str, level: str, stream: TextIO = sys.stdout, scrubber: Scrubber | None = None
) -> logging.Logger:
    """Sends every logger of the process to ``stream`` as JSON; returns the service's logger.

    ``scrubber`` knows the process's own secrets; without one, those of a known shape go.
    """
    # No line says these, and looking them up for each costs as much as writing it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(service, scrubber or Scrubber()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    logging.getLogger("ab").setLevel(level)
    return logging.getLogger(f"ab.{service}")
