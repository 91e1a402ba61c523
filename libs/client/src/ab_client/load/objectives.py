"""What a run has to hold: ``p95=300ms,errors=0.1%,ready95=20s``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ab_client.load.figures import Record, percentile

UNITS = {"ms": 0.001, "s": 1.0, "%": 0.01}
TERM = re.compile(r"(?P<name>[a-z]+\d*)=(?P<number>\d+(?:\.\d+)?)(?P<unit>ms|s|%)")
ALLOWED = {
    **dict.fromkeys(("p50", "p95", "p99", "ready50", "ready95", "ready99"), ("ms", "s")),
    **dict.fromkeys(("errors", "failed"), ("%",)),
}


@dataclass(frozen=True, slots=True)
class Objective:
    """``name`` must not be more than ``limit``: seconds, or a part of one."""

    name: str
    limit: float
    told: str

    def measured(self, record: Record) -> float | None:
        """What it was; None where nothing of the kind has happened."""
        if self.name == "errors":
            return record.error_ratio
        if self.name == "failed":
            ended = record.jobs_failed + record.unfinished + len(record.ready)
            return (record.jobs_failed + record.unfinished) / ended if ended else None
        values = record.ready if self.name.startswith("ready") else record.everything
        return percentile(values, int(self.name[-2:]) / 100)

    def held(self, record: Record) -> bool:
        """Whether it was; nothing measured is no objective held."""
        found = self.measured(record)
        return found is not None and found <= self.limit


def parse(text: str) -> list[Objective]:
    """Objectives, separated by commas; ValueError says what can be asked for."""
    found: list[Objective] = []
    for told in filter(None, (term.strip() for term in text.split(","))):
        term = TERM.fullmatch(told)
        if term is None or term["unit"] not in ALLOWED.get(term["name"], ()):
            known = ", ".join(f"{name} ({' or '.join(units)})" for name, units in ALLOWED.items())
            raise ValueError(f"{told!r} is no objective such as p95=300ms. There are: {known}")
        limit = float(term["number"]) * UNITS[term["unit"]]
        found.append(Objective(term["name"], limit, told))
    return found
