"""What operators see of prepared reads: which were made, and which were there."""

from __future__ import annotations

from prometheus_client import Counter

READS = Counter(
    "ab_render_reads_total",
    "Reads asked for, by what came of it: hit, rendered, failed.",
    ("outcome",),
)
