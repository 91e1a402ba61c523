"""One span for each operation on the object store, all its attempts and parts included."""

from __future__ import annotations

from contextlib import AbstractContextManager

from opentelemetry.trace import Span, SpanKind

from ab_shared.errors import ObjectMissing
from ab_shared.runtime.telemetry_spans import step


def traced(operation: str, bucket: str, key: str) -> AbstractContextManager[Span]:
    """A span that knows the kind of the object and not its address: that can tell what was said."""
    attributes = {
        "rpc.system.name": "aws-api",
        "rpc.method": operation,
        "aws.s3.bucket": bucket,
        "aws.s3.key_prefix": key.partition("/")[0] if "/" in key else "",
    }
    return step(f"s3 {operation}", SpanKind.CLIENT, attributes, calm=(ObjectMissing,))
