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

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def hashed(user_id: str) -> str:
    """A user as logs name them: the first 16 hex digits of SHA-256."""
    return sha256(user_id.encode()).hexdigest()[:16]


class JsonFormatter(logging.Formatter):
    """Formats a record, its ``extra`` fields and the current ids as one JSON line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON without its line feed."""
        context = current()
        row: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": context.request_id,
            "correlation_id": context.correlation_id,
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            row["trace_id"] = trace.format_trace_id(span.trace_id)
            row["span_id"] = trace.format_span_id(span.span_id)
        row.update({key: value for key, value in vars(record).items() if key not in STANDARD})
        if record.exc_info:
            row["exception"] = self.formatException(record.exc_info)
        return _line(row)


def _line(row: dict[str, object]) -> str:
    try:
        return orjson.dumps(row, default=str).decode()
    except orjson.JSONEncodeError:  # keys that are no text, huge numbers, half a surrogate pair
        return json.dumps(row, default=str, skipkeys=True)


def configure(service: str, level: str, stream: TextIO = sys.stdout) -> logging.Logger:
    """Sends every logger of the process to ``stream`` as JSON; returns the service's logger."""
    # No line says these, and looking them up for each costs as much as writing it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    logging.getLogger("ab").setLevel(level)
    return logging.getLogger(f"ab.{service}")
