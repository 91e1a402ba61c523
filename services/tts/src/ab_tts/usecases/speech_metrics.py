"""What operators see of reads: which were spoken, and which were there."""

from __future__ import annotations

from prometheus_client import Counter

READS = Counter(
    "ab_speech_reads_total",
    "Reads asked for, by what came of it: hit, rendered, waited (for another's), failed.",
    ("outcome",),
)
