"""Error reports: what is logged as an error goes to Sentry too, scrubbed, where a DSN is set."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import sentry_sdk
from opentelemetry import trace
from pydantic import SecretStr
from sentry_sdk.integrations.logging import EventHandler
from sentry_sdk.types import Event, Hint
from sentry_sdk.utils import BadDsn

from ab_shared.errors import SettingsInvalid
from ab_shared.runtime.context import current
from ab_shared.runtime.release import release_of
from ab_shared.runtime.scrubbing import Scrubber

FLUSH_SECONDS = 2.0
WAITING_REPORTS = 100
# Making a report takes milliseconds of the event loop, whether or not it leaves then. In a storm
# of errors that is time nobody has, and the tenth from one place says what the first did.
MOST_OF_A_PLACE, MOST_IN_ALL, WINDOW_SECONDS = 10, 60, 60.0


@contextmanager
def reporting(
    service: str, environment: str, dsn: SecretStr | None, scrubber: Scrubber
) -> Iterator[None]:
    """Reports errors until the block ends, then waits two seconds at most for those under way.

    Reports leave on a thread of their own: a slow or absent Sentry holds nobody up, and beyond a
    hundred waiting ones new ones are dropped. In a minute so many are made at the most; the log
    has them all.

    Raises:
        SettingsInvalid: the DSN is none.
    """
    if dsn is None:
        yield
        return
    handler = _begin(service, environment, dsn, scrubber)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        sentry_sdk.get_client().close(timeout=FLUSH_SECONDS)


def _begin(service: str, environment: str, dsn: SecretStr, scrubber: Scrubber) -> logging.Handler:
    def scrubbed(event: Event, hint: Hint) -> Event:
        return _scrubbed(event, hint, scrubber)

    try:
        sentry_sdk.init(
            dsn=dsn.get_secret_value(),
            release=f"{service}@{release_of(service)}",
            environment=environment,
            before_send=scrubbed,
            # Nothing is hooked into: what is worth a report is worth a line in the log.
            default_integrations=False,
            auto_enabling_integrations=False,
            data_collection={
                "user_info": False,
                "stack_frame_variables": False,
                "database_query_data": False,
                "http_bodies": [],
                "queues": False,
            },
            max_request_body_size="never",
            max_breadcrumbs=0,
            propagate_traces=False,
            auto_session_tracking=False,
            send_client_reports=False,
            enable_metrics=False,
            spotlight=False,
            transport_queue_size=WAITING_REPORTS,
            shutdown_timeout=FLUSH_SECONDS,
        )
    except BadDsn:
        raise SettingsInvalid("Settings: SENTRY_DSN is no DSN of Sentry") from None
    sentry_sdk.set_tag("service", service)
    handler = EventHandler(level=logging.ERROR)
    handler.addFilter(Rate())
    return handler


class Rate(logging.Filter):
    """Lets so many errors a minute pass, and of one line of code fewer."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._began = monotonic()
        self._passed = Counter[tuple[str, int]]()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this one is reported."""
        if self._monotonic() - self._began >= WINDOW_SECONDS:
            self._began = self._monotonic()
            self._passed.clear()
        place = (record.pathname, record.lineno)
        if self._passed[place] >= MOST_OF_A_PLACE or self._passed.total() >= MOST_IN_ALL:
            return False
        self._passed[place] += 1
        return True


def _scrubbed(event: Event, hint: Hint, scrubber: Scrubber) -> Event:
    report = cast("dict[str, Any]", event)
    # The words with the values filled in say enough; the values alone say too much.
    report["logentry"] = {"message": scrubber.error(_words(report))}
    for value in report.get("exception", {}).get("values", ()):
        value["value"] = scrubber.error(str(value.get("value", "")))
        value.pop("mechanism", None)
    # Sentry's client has made strings of all objects by now: what these quote goes, too.
    extra = {name: scrubber.value(value, name) for name, value in report.get("extra", {}).items()}
    told = {n: scrubber.error(v) if isinstance(v, str) else v for n, v in extra.items()}
    report["extra"] = told
    report["tags"] = {**report.get("tags", {}), **_ids()}
    stack = getattr(hint.get("log_record"), "stack", None)
    if stack:
        report["extra"]["stack"] = scrubber.value(stack)
        report["fingerprint"] = [report["logentry"]["message"], str(stack[-1]).split(":", 1)[0]]
    for unwanted in ("user", "request", "breadcrumbs", "modules", "server_name"):
        report.pop(unwanted, None)
    return event


def _words(report: dict[str, Any]) -> str:
    entry = report.get("logentry") or {}
    return str(entry.get("formatted") or entry.get("message") or "")


def _ids() -> dict[str, str]:
    context = current()
    ids = {"request_id": context.request_id, "correlation_id": context.correlation_id}
    span = trace.get_current_span().get_span_context()
    return {**ids, "trace_id": trace.format_trace_id(span.trace_id)} if span.is_valid else ids
