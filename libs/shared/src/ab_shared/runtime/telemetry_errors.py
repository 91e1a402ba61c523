"""Which spans are handed on: those that are sampled, and whatever went wrong."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, StatusCode, TraceFlags

KEPT_FOR = "ab.kept_for"
# These bound memory, not truth: beyond them a failure is still kept, with less around it.
MOST_OPEN = 4096
MOST_OF_A_STORY = 64
MOST_FAILURES = 256
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


@dataclass(slots=True)
class _Story:
    """What one process did for an unsampled request or message, until it is known to be well."""

    root: int
    failed: bool = False
    told: bool = False
    spans: list[ReadableSpan] = field(default_factory=list)


class ErrorsKept(SpanProcessor):
    """Hands on sampled spans, and of the others whole stories in which something failed.

    A story is what this process did below one request or message. It is told when its first span
    ends, if any span in it ended in error; otherwise it is forgotten. Other processes decide for
    themselves: where nothing failed, nothing is kept.
    """

    def __init__(self, following: SpanProcessor) -> None:
        self._following = following
        self._open: dict[int, _Story] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Puts a span into the story of its parent, or begins one."""
        del parent_context
        own = span.get_span_context()
        if own.trace_flags.sampled:
            return
        parent = span.parent
        story = None if parent is None or parent.is_remote else self._open.get(parent.span_id)
        self._open[own.span_id] = story or _Story(own.span_id)
        if len(self._open) > MOST_OPEN:
            # Another thread may be at it as well: then there is room already.
            with suppress(RuntimeError, StopIteration, KeyError):
                del self._open[next(iter(self._open))]

    def on_end(self, span: ReadableSpan) -> None:
        """Hands it on, keeps it for the end of its story, or forgets it."""
        own = span.get_span_context()
        if own is None or own.trace_flags.sampled:
            self._following.on_end(span)
            return
        failed = span.status.status_code is StatusCode.ERROR
        story = self._open.pop(own.span_id, None)
        if story is None:
            # Its story was too old to be remembered.
            story = _Story(own.span_id)
        story.failed = story.failed or failed
        most = MOST_FAILURES if failed else MOST_OF_A_STORY
        if own.span_id == story.root or len(story.spans) < most:
            story.spans.append(span)
        if own.span_id == story.root:
            story.told = True
        if story.told:
            self._tell(story)

    def _tell(self, story: _Story) -> None:
        # What ends after the first span (a task left behind) is told as it ends.
        spans, story.spans = story.spans, []
        if story.failed:
            for span in spans:
                self._following.on_end(_as_sampled(span))

    def shutdown(self) -> None:
        """Ends what follows; stories that are open then are not told."""
        self._following.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """As what follows."""
        return self._following.force_flush(timeout_millis)


def _as_sampled(span: ReadableSpan) -> ReadableSpan:
    own = span.get_span_context()
    context = own and SpanContext(
        own.trace_id, own.span_id, own.is_remote, _SAMPLED, own.trace_state
    )
    return ReadableSpan(
        name=span.name,
        context=context,
        parent=span.parent,
        resource=span.resource,
        # Whoever counts spans to learn of rates has to leave these out.
        attributes={**(span.attributes or {}), KEPT_FOR: "error"},
        events=span.events,
        links=span.links,
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
