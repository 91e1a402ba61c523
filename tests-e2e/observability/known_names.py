"""Which metric names there are, without a running stack."""

from __future__ import annotations

import re
from functools import cache

from observability.alert_rules import ROOT, recorded

SUFFIXES = ("_bucket", "_count", "_sum")
# Told by what is scraped besides our processes: their lists are checked against a running one.
FOREIGN = re.compile(r"(up|ALERTS|(rabbitmq|prometheus|alertmanager|process|python)_\w+)")


def known(name: str) -> bool:
    """Whether the catalogue, a recording rule or a foreign program has it."""
    listed = _listed()
    bare = next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)
    return name in listed or bare in listed or name in recorded() or bool(FOREIGN.fullmatch(name))


@cache
def _listed() -> set[str]:
    text = (ROOT / "deploy" / "prometheus" / "metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
