"""The public API: rate, errors and duration by route, and what it refuses."""

from __future__ import annotations

from .model import Board, Column, Panel, Query, Row, Step, Table, Variable
from .promql import REQUESTS, or_zero, over, quantile, rate, share, slow

OF = 'http_route=~"$route"'
COUNT = f"{REQUESTS}_count"
FAILED = 'http_response_status_code=~"5.."'
NOW = "5m"
# Grafana writes the values of a variable as a regular expression, braces escaped.
TRACES = '{resource.service.name="gateway" && span.http.route="${__field.labels.http_route}"}'
LOGS = '{service_name="gateway"} | json | route="${__field.labels.http_route}"'

ROUTES = Row(
    "By route",
    (
        Panel(
            title="Every route",
            kind="table",
            shows="Each route in the last five minutes: requests a second, share of failures of"
            " ours (5xx), and how long the usual and the slow ones take.",
            good="No red.",
            act="Choose the route above, and open a trace from the panels below.",
            runbook="gateway-saturated",
            queries=(
                Query(rate(COUNT, "http_route", OF, NOW)),
                Query(
                    over(
                        f"({rate(COUNT, 'http_route', f'{OF}, {FAILED}', NOW)}"
                        f" or 0 * {rate(COUNT, 'http_route', OF, NOW)})",
                        rate(COUNT, "http_route", OF, NOW),
                    )
                ),
                Query(quantile(0.5, REQUESTS, "http_route", OF, NOW)),
                Query(quantile(0.95, REQUESTS, "http_route", OF, NOW)),
                Query(quantile(0.99, REQUESTS, "http_route", OF, NOW)),
            ),
            table=Table(
                by=(("http_route", "Route"),),
                columns=(
                    Column("Requests", unit="reqps", decimals=2),
                    Column(
                        "Failures",
                        unit="percentunit",
                        decimals=2,
                        steps=(Step(None, "green"), Step(0.001, "orange"), Step(0.01, "red")),
                    ),
                    Column("p50", unit="s"),
                    Column(
                        "p95",
                        unit="s",
                        steps=(Step(None, "green"), Step(0.5, "orange"), Step(2, "red")),
                    ),
                    Column("p99", unit="s"),
                ),
                sort_by="Requests",
            ),
            width=12,
            height=16,
        ),
        Panel(
            title="Rate",
            shows="Requests a second, the eight busiest routes.",
            good="The shape of other days.",
            act="One route alone rises: a client that asks again and again? See 429.",
            runbook="gateway-saturated",
            queries=(Query(f"topk(8, {rate(COUNT, 'http_route', OF)})", "{{http_route}}"),),
            unit="reqps",
            width=12,
            traces=TRACES,
            logs=LOGS,
        ),
        Panel(
            title="Duration",
            shows="How long answers take (p95, the eight slowest routes). The crosses are single"
            " requests: each opens its trace.",
            good="Below 250 ms, but for what waits for others by its nature.",
            act="Open a slow trace: the longest bar says who is slow.",
            runbook="playback-budget-burn",
            queries=(
                Query(
                    f"topk(8, {quantile(0.95, REQUESTS, 'http_route', OF)})",
                    "{{http_route}}",
                    exemplars=True,
                ),
            ),
            unit="s",
            width=12,
            traces=TRACES,
            logs=LOGS,
        ),
        Panel(
            title="Failures",
            shows="Share of requests answered with 5xx, by route.",
            good="0.",
            act="Open a trace with an error; the log line has the same trace id.",
            runbook="create-budget-burn",
            queries=(
                Query(or_zero(share(COUNT, f"{OF}, {FAILED}", "http_route")), "{{http_route}}"),
            ),
            unit="percentunit",
            decimals=2,
            traces='{resource.service.name="gateway" && status=error'
            ' && span.http.route="${__field.labels.http_route}"}',
            logs=LOGS + " | status >= 500",
        ),
        Panel(
            title="Answers by status",
            shows="Answers a second, by status; dashed: all of them at the chosen time before.",
            good="Mostly 200, 201, 204 and 304.",
            act="Many 401: an issuer's keys. Many 404: a released app asks for what is gone.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    rate(COUNT, "http_response_status_code", OF), "{{http_response_status_code}}"
                ),
                Query(rate(COUNT, "", OF, ago="$ago"), "$ago before", before=True),
            ),
            unit="reqps",
            stacked=True,
        ),
        Panel(
            title="All answers: time",
            shows="How long all answers take. The crosses are single requests: each opens its"
            " trace.",
            good="p95 below 250 ms.",
            act="See Duration for the route.",
            runbook="gateway-saturated",
            queries=slow(REQUESTS, of=OF, shares=(0.5, 0.95, 0.99)),
            unit="s",
            traces='{resource.service.name="gateway" && duration>500ms}',
        ),
    ),
)

REFUSED = Row(
    "What is refused",
    (
        Panel(
            title="Refused for load",
            shows="Requests a second answered with 503: too many at once, or a service behind it"
            " is away; and the share of all requests.",
            good="0.",
            act="Requests in work at the bound: run one more gateway. Else: who is away?",
            runbook="gateway-saturated",
            queries=(
                Query(or_zero(rate(COUNT, of='http_response_status_code="503"')), "503 a second"),
                Query(
                    or_zero(share(COUNT, 'http_response_status_code="503"')),
                    "share",
                    unit="percentunit",
                ),
            ),
            logs='{service_name="gateway"} | json | status=503',
        ),
        Panel(
            title="Refused for their rate",
            shows="Requests a second answered with 429, by route.",
            good="Few, from few.",
            act="Many from one address: somebody guesses passwords or has a bug. Logs say who.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    or_zero(rate(COUNT, "http_route", 'http_response_status_code="429"')),
                    "{{http_route}}",
                ),
            ),
            unit="reqps",
            logs='{service_name="gateway"} | json | status=429',
        ),
        Panel(
            title="Refused for who they are",
            shows="Requests a second answered with 401 or 403, and tries of the admin surface.",
            good="Steady and low.",
            act="A wave of 401: an issuer changed its keys, or a clock is wrong.",
            runbook="signing-key-old",
            queries=(
                Query(
                    or_zero(
                        rate(
                            COUNT,
                            "http_response_status_code",
                            'http_response_status_code=~"401|403"',
                        )
                    ),
                    "{{http_response_status_code}}",
                ),
                Query(or_zero(rate("ab_admin_refused_total", "reason")), "admin: {{reason}}"),
            ),
            unit="reqps",
        ),
        Panel(
            title="Webhooks",
            shows="Webhooks of RevenueCat and Clerk, a second, by status of the answer, and what"
            " became of Clerk's.",
            good="200. They send again what was not answered so.",
            act="401 or 400: a secret was changed on one side only. 503: broker or database.",
            runbook="webhooks-failing",
            queries=(
                Query(
                    rate(
                        COUNT,
                        "http_route, http_response_status_code",
                        'http_route=~"/webhooks/.*"',
                    ),
                    "{{http_route}}: {{http_response_status_code}}",
                ),
                Query(
                    or_zero(rate("ab_gateway_identity_webhooks_total", "outcome")),
                    "clerk: {{outcome}}",
                ),
            ),
            unit="reqps",
            logs='{service_name="gateway"} | json | route=~"/webhooks/.*"',
        ),
        Panel(
            title="Without the shared cache",
            shows="Share of requests whose rate was counted, and of tokens whose revocation was"
            " looked up, in this process alone because Valkey was away.",
            good="0.",
            act="Everything goes on, but limits hold for each process by itself: mend Valkey.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    or_zero(share("ab_gateway_requests_counted_total", 'where="local"')), "rates"
                ),
                Query(
                    or_zero(share("ab_gateway_revocation_checks_total", 'where="local"')),
                    "revocations",
                ),
            ),
            unit="percentunit",
            decimals=0,
        ),
        Panel(
            title="The same request again",
            shows="Requests with an Idempotency-Key, a second, by what became of them.",
            good="Mostly new ones; replays after bad networks.",
            act="unchecked: Valkey is away. conflict: an app uses one key for two things.",
            runbook="gateway-saturated",
            queries=(Query(rate("ab_request_keys_total", "outcome"), "{{outcome}}"),),
            unit="reqps",
        ),
    ),
)

PROCESS = Row(
    "The processes",
    (
        Panel(
            title="In work",
            shows="Requests whose answer has not begun, and event streams that are open, by"
            " process.",
            good="Far below MAX_CONCURRENT_REQUESTS and MAX_LISTENERS.",
            act="Rising and staying: a service behind is slow; see Queues, calls.",
            runbook="gateway-saturated",
            queries=(
                Query("http_server_active_requests", "{{instance}}: in work"),
                Query("ab_job_listeners", "{{instance}}: streams"),
            ),
        ),
        Panel(
            title="Answers that were kept",
            shows="Share of hot reads answered from what is kept for ten seconds, by kind.",
            good="The more the busier; a fall means that something evicts too much.",
            act="0 for long: do events of changes flood in? See Queues.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    or_zero(share("ab_gateway_cache_total", 'outcome="hit"', "kind")), "{{kind}}"
                ),
            ),
            unit="percentunit",
            decimals=0,
            most=1,
        ),
        Panel(
            title="Event loop lag",
            shows="How much later than asked the event loop comes back (p90 by process): how"
            " long everybody waits for whoever holds it.",
            good="Below 10 ms.",
            act="Above 250 ms: run one more gateway.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    quantile(0.9, "ab_event_loop_lag_seconds", "instance", 'job="gateway"'),
                    "{{instance}}",
                ),
            ),
            unit="s",
            steps=(Step(None, "green"), Step(0.25, "red")),
        ),
        Panel(
            title="Memory",
            shows="Memory of each gateway process.",
            good="Flat after the first hour.",
            act="Growing for days: restart it, one by one; tell the developers.",
            runbook="service-restarting",
            queries=(Query('process_resident_memory_bytes{job="gateway"}', "{{instance}}"),),
            unit="bytes",
        ),
        Panel(
            title="Processor",
            shows="Cores used by each gateway process.",
            good="Below 0.8: one process uses one core at most.",
            act="At 1 for long: run one more.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    rate("process_cpu_seconds_total", "instance", 'job="gateway"'), "{{instance}}"
                ),
            ),
            decimals=2,
            steps=(Step(None, "green"), Step(0.9, "red")),
        ),
        Panel(
            title="Open files",
            shows="Share of the files and connections a process may have that are open.",
            good="Below 80 %: beyond that connections are refused.",
            act="More gateways, or a higher limit of files.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    'process_open_fds{job="gateway"} / process_max_fds{job="gateway"}',
                    "{{instance}}",
                ),
            ),
            unit="percentunit",
            decimals=1,
            most=1,
            steps=(Step(None, "green"), Step(0.8, "red")),
        ),
    ),
)

BOARD = Board(
    name="gateway",
    title="Gateway",
    about="The public API: rate, errors and duration by route, and what it refuses.",
    rows=(ROUTES, REFUSED, PROCESS),
    variables=(Variable("route", "Route", COUNT, "http_route"),),
    hours=3,
)
