"""What operators see of writing; no label holds anything of a listener's."""

from __future__ import annotations

from prometheus_client import Counter

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
TOKENS = Counter(
    "ab_writer_tokens_total", "Tokens, by kind; cached ones are told as well.", ("kind",)
)
COST = Counter("ab_writer_cost_dollars_total", "What the calls of models cost.")
