"""A server span around every request, by OpenTelemetry's conventions for HTTP.

Not the framework's own: that one tells paths and queries, which can be all that is needed to open
something, and costs three times as much.
"""

from __future__ import annotations

from ab_shared.runtime.telemetry import came_with
from ab_shared.runtime.telemetry_spans import fail
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind
from starlette.types import ASGIApp, Receive, Scope, Send

from ab_gateway.entrypoints.http.trail import (
    LIGHTS,
    Trail,
    header_of,
    method_of,
    route_of,
    trail_of,
)

SERVER_ERROR = 500


class Traced:
    """Middleware: the outermost, so that all that a request does is below its span.

    The light has none: it is asked every few seconds by everybody, and is no part of anything.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._tracer = trace.get_tracer("ab.gateway")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] in LIGHTS:
            await self.app(scope, receive, send)
            return
        sent = header_of(scope, b"traceparent")
        with self._tracer.start_as_current_span(
            method_of(scope),
            # Its tracestate says whatever a client likes, and would be in every span and message.
            context=came_with(sent) if sent else None,
            kind=SpanKind.SERVER,
            record_exception=False,  # its text may be private
            set_status_on_exception=False,
        ) as span:
            try:
                await self.app(scope, receive, send)
            finally:
                if span.is_recording():
                    _describe(span, scope, trail_of(scope))


def _describe(span: Span, scope: Scope, trail: Trail) -> None:
    """What is known only at the end, after the routing."""
    method, route = method_of(scope), route_of(scope)
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": trail.status,
        }
    )
    if trail.status >= SERVER_ERROR:
        fail(span, str(trail.status))
