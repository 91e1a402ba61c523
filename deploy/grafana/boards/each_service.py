"""One row a service: what it hears, how long it takes, what it uses."""

from __future__ import annotations

from .model import Panel, Query, Row
from .promql import rate, slow

OF_SERVICE = 'job=~"$service"'
SERVICE = Row(
    "$service",
    (
        Panel(
            title="$service: messages",
            shows="Messages this service heard, a second, by what became of them.",
            good="Nearly all are done; what is retried or dead stays near 0.",
            act="Open Queues for the message, then the logs of this service.",
            runbook="dead-letters",
            queries=(
                Query(rate("ab_messages_handled_total", "outcome", OF_SERVICE), "{{outcome}}"),
            ),
            unit="ops",
            stacked=True,
            width=6,
            height=7,
            logs='{service_name=~"$service"} | json | level=~"ERROR|WARNING"',
            leads_to="queues",
        ),
        Panel(
            title="$service: time of messages",
            shows="How long its handlers take. The crosses are single messages: each opens its"
            " trace.",
            good="Steady; rendering and speaking take seconds, everything else milliseconds.",
            act="Open a slow trace.",
            runbook="queue-age",
            queries=slow("ab_message_handling_seconds", of=OF_SERVICE),
            unit="s",
            width=6,
            height=7,
            traces='{resource.service.name=~"$service" && kind=consumer}',
        ),
        Panel(
            title="$service: processor",
            shows="Cores used by each process; dashed: all of them at the chosen time before.",
            good="Below 0.9: a Python process uses one core at most, but for the sound engine.",
            act="At 1 for long: run one more of it (`ab operator` gives advice).",
            runbook="gateway-saturated",
            queries=(
                Query(
                    f"sum by (instance) (rate(process_cpu_seconds_total{{{OF_SERVICE}}}"
                    "[$__rate_interval]))",
                    "{{instance}}",
                ),
                Query(
                    rate("process_cpu_seconds_total", of=OF_SERVICE, ago="$ago"),
                    "all, $ago before",
                    before=True,
                ),
            ),
            unit="short",
            decimals=2,
            width=6,
            height=7,
        ),
        Panel(
            title="$service: memory",
            shows="Memory of each process.",
            good="Flat after the first hour.",
            act="Growing for days: a leak; restart it, keep a heap sample, tell the developers.",
            runbook="service-restarting",
            queries=(Query(f"process_resident_memory_bytes{{{OF_SERVICE}}}", "{{instance}}"),),
            unit="bytes",
            width=6,
            height=7,
        ),
    ),
    repeat="service",
)
