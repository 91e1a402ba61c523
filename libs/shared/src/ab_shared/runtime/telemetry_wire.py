"""Spans as the bytes of an OTLP request, at a sixth of what the library's own encoder takes.

Encoding shares the interpreter with the requests that the spans tell of, so its price is theirs.
The messages: opentelemetry-proto 1.x, trace.proto, common.proto, resource.proto; their encoding:
protobuf.dev/programming-guides/encoding. A test holds the bytes against the library's.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Status, StatusCode
from opentelemetry.util.types import AttributeValue

# Field number and wire type as one byte: (number << 3) | type; 0 varint, 1 and 5 fixed, 2 bytes.
_TRACE_ID, _SPAN_ID, _STATE, _PARENT, _NAME = b"\x0a\x10", b"\x12\x08", 0x1A, b"\x22\x08", 0x2A
_KIND, _TIMES, _ATTRIBUTE, _EVENT, _STATUS, _FLAGS = (
    0x30,
    b"\x39\x41",
    0x4A,
    0x5A,
    0x7A,
    b"\x85\x01",
)
_HAS_REMOTE, _IS_REMOTE = 0x100, 0x200  # of the parent; trace.proto, SpanFlags
# Different in every message: remembering them would only push out what comes again.
_NEVER_AGAIN = frozenset({"messaging.message.id", "messaging.message.conversation_id"})
_LONG_SIGN = 1 << 64
# A varint has seven bits in each byte; the eighth says that more come.
_SEVEN_BITS, _MORE = 0x7F, 0x80


def request(spans: Sequence[ReadableSpan]) -> bytes:
    """An ``ExportTraceServiceRequest`` with these spans of one process."""
    if not spans:
        return b""
    body = bytearray(_field(0x0A, _attributes(0x0A, spans[0].resource.attributes)))
    for scope, together in groupby(spans, key=_scope):
        said = _field(0x0A, _field(0x0A, scope.encode()))
        body += _field(0x12, said + b"".join(_field(0x12, _span(span)) for span in together))
    return _field(0x0A, bytes(body))


def _scope(span: ReadableSpan) -> str:
    return span.instrumentation_scope.name if span.instrumentation_scope else ""


def _span(span: ReadableSpan) -> bytes:
    own, parent = span.get_span_context(), span.parent
    if own is None:
        return b""
    flags = own.trace_flags | _HAS_REMOTE
    parts = [
        _TRACE_ID + own.trace_id.to_bytes(16, "big"),
        _SPAN_ID + own.span_id.to_bytes(8, "big"),
    ]
    if own.trace_state:
        parts.append(_field(_STATE, own.trace_state.to_header().encode()))
    if parent is not None:
        parts.append(_PARENT + parent.span_id.to_bytes(8, "big"))
        flags |= _IS_REMOTE if parent.is_remote else 0
    parts += [
        _field(_NAME, span.name.encode()),
        bytes((_KIND, span.kind.value + 1)),
        struct.pack("<BQBQ", _TIMES[0], span.start_time or 0, _TIMES[1], span.end_time or 0),
        _attributes(_ATTRIBUTE, span.attributes or {}),
    ]
    parts += [_field(_EVENT, _event(event)) for event in span.events]
    parts += [_status(span.status), _FLAGS + struct.pack("<I", flags)]
    return b"".join(parts)


def _event(event: Event) -> bytes:
    named = struct.pack("<BQ", 0x09, event.timestamp) + _field(0x12, event.name.encode())
    return named + _attributes(0x1A, event.attributes or {})


@lru_cache(maxsize=256)
def _status_of(code: StatusCode, description: str | None) -> bytes:
    said = _field(0x12, description.encode()) if description else b""
    return _field(_STATUS, said + (bytes((0x18, code.value)) if code.value else b""))


def _status(status: Status) -> bytes:
    if status.status_code is StatusCode.UNSET:
        return b"\x7a\x00"
    return _status_of(status.status_code, status.description)


def _attributes(tag: int, attributes: Mapping[str, AttributeValue]) -> bytes:
    return b"".join(
        _pair(tag, key, value)
        if key in _NEVER_AGAIN or not isinstance(value, str | int | float)
        else _known_pair(tag, key, value)
        for key, value in attributes.items()
    )


@lru_cache(maxsize=4096, typed=True)  # True is 1 otherwise
def _known_pair(tag: int, key: str, value: str | float) -> bytes:
    return _pair(tag, key, value)


def _pair(tag: int, key: str, value: object) -> bytes:
    return _field(tag, _field(0x0A, key.encode()) + _field(0x12, _value(value)))


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return _field(0x0A, value.encode("utf-8", "replace"))
    if isinstance(value, bool):
        return bytes((0x10, value))
    if isinstance(value, int):
        return b"\x18" + _varint(value % _LONG_SIGN)
    if isinstance(value, float):
        return struct.pack("<Bd", 0x21, value)
    return _field(0x0A, str(value).encode("utf-8", "replace"))


def _field(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size <= _SEVEN_BITS:
        return bytes((tag, size)) + content
    return bytes((tag,)) + _varint(size) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > _SEVEN_BITS:
        out.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)
