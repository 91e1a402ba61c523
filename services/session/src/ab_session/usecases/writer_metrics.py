"""What operators see of writing; no label holds anything of a listener's."""

from __future__ import annotations

from prometheus_client import Counter

# As every server of this shape is counted, whoever runs it.
VENDOR = "openai"
SETS = Counter(
    "ab_writer_sets_total",
    "Sets of lines, by who wrote them and the versions of the prompts it was told.",
    ("writer", "prompts"),
)
REPAIRS = Counter(
    "ab_writer_repairs_total", "Second attempts of a model, by outcome.", ("outcome",)
)
FALLBACKS = Counter(
    "ab_writer_fallbacks_total",
    "Sets that a model was to write and did not, by reason.",
    ("reason",),
)
