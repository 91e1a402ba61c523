"""Writes ``deploy/prometheus/metrics.md``: every metric that the code has, found in the code."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import grimp
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

HEADER = """\
# Metrics

Generated from the metric objects in the code (`make generate`); how they are scraped, what the
recording rules make of them and what several instances add up to is in [README.md](README.md).
Every process also tells `process_*` and `python_*`; the broker tells `rabbitmq_*`.
Histograms have `_bucket`, `_sum` and `_count`. No label holds anything of a user's.

| name | type | labels | meaning | jobs |
|---|---|---|---|---|
"""
SOURCE = re.compile(r"^from prometheus_client import|^import prometheus_client", re.MULTILINE)
SERVICES = ("gateway", "auth", "session", "tts", "stitching", "entitlement")
# What a process of each job imports; `ab operator watch` is no service, and scraped like one.
ROOTS = {service: f"ab_{service}.main" for service in SERVICES} | {
    "watch": "ab_operator.commands.watch"
}
PACKAGES = ("ab_shared", "ab_operator", *(f"ab_{service}" for service in SERVICES))


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """One row: a metric object and the jobs whose processes hold it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    jobs: tuple[str, ...]


def described(found: MetricWrapperBase, jobs: tuple[str, ...]) -> Metric:
    """A metric under the name it is scraped by."""
    family = next(iter(found.describe()))
    name = f"{family.name}_total" if isinstance(found, Counter) else family.name
    # The client has no public word for the names of labels.
    labels = tuple(vars(found)["_labelnames"])
    return Metric(name, family.type, labels, family.documentation.strip(), jobs)


def catalogue() -> list[Metric]:
    """Every metric of every service, by name."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    upstream = {job: {root, *graph.find_upstream_modules(root)} for job, root in ROOTS.items()}
    holders: dict[MetricWrapperBase, set[str]] = {}
    # Fakes and command lines make no metrics that anybody scrapes.
    for module in sorted(set[str]().union(*upstream.values())):
        # One that imports another's metric finds it, too.
        for metric in _metrics_of(module):
            using = {job for job in ROOTS if module in upstream[job]}
            holders.setdefault(metric, set()).update(using)
    return sorted(
        described(metric, tuple(job for job in ROOTS if job in using))
        for metric, using in holders.items()
    )


def _metrics_of(module: str) -> Iterator[MetricWrapperBase]:
    loaded = import_module(module)
    source = loaded.__file__
    if source is None or not SOURCE.search(Path(source).read_text(encoding="utf-8")):
        return
    for value in vars(loaded).values():
        if isinstance(value, MetricWrapperBase):
            yield value


def render() -> str:
    """The whole file."""
    rows = (
        f"| `{metric.name}` | {metric.kind} | {', '.join(metric.labels) or '-'} |"
        f" {metric.meaning} | {', '.join(metric.jobs)} |\n"
        for metric in catalogue()
    )
    return HEADER + "".join(rows)


if __name__ == "__main__":
    sys.stdout.write(render())
