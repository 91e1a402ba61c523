"""What users feel, what hurts now, and each service in short."""

from __future__ import annotations

from .each_service import SERVICE
from .model import Board, Column, Panel, Query, Row, Step, Table, Variable
from .promises import AUDIO, BUDGETS, CAN_THEY
from .promql import REQUESTS, minutely, or_zero, quantile, rate, share, slow

ALERTING = 'ALERTS{alertstate="firing"}'
NONE_FIRES = 'label_replace(vector(0), "alertname", "none", "", "")'
HURTS = Row(
    "What hurts now",
    (
        Panel(
            title="Alerts",
            kind="table",
            shows="Every alert that fires, and whether it wakes somebody (page) or waits for the"
            " morning (ticket).",
            good="One line that says none.",
            act="Open the alert (click its name): it names its runbook and the panel to look at.",
            runbook="monitoring-broken",
            queries=(
                Query(
                    f"count by (alertname, severity, service) ({ALERTING}) or on() ({NONE_FIRES})"
                ),
            ),
            table=Table(
                by=(("alertname", "Alert"), ("severity", "Severity"), ("service", "Service")),
                columns=(Column("Firing", steps=(Step(None, "green"), Step(1, "red"))),),
                sort_by="Firing",
            ),
            opens=(("Open this alert", "/alerting/list?search=${__data.fields.Alert}"),),
            width=12,
        ),
        Panel(
            title="Services",
            kind="bargauge",
            shows="Share of each service's processes that answer Prometheus.",
            good="100 % everywhere.",
            act="Look at the service's last log lines, then at what it needs: broker, database.",
            runbook="service-down",
            queries=(Query("avg by (job) (up)", "{{job}}"),),
            unit="percentunit",
            decimals=0,
            most=1,
            steps=(Step(None, "red"), Step(0.5, "orange"), Step(1, "green")),
            logs='{service_name="${__field.labels.job}"} | json | level=~"ERROR|WARNING"',
            width=6,
        ),
        Panel(
            title="What waits longest",
            kind="bargauge",
            shows="The age of the oldest open job, queued message, outbox row, purchase and"
            " unchecked text.",
            good="Below a minute.",
            act="Open Queues for messages and outbox, Renders for jobs, Business for the rest.",
            runbook="stuck-jobs",
            queries=(
                Query("max(ab_jobs_oldest_seconds)", "job"),
                Query("max(ab:queue_age:seconds)", "message"),
                Query("max(ab_outbox_oldest_seconds)", "outbox"),
                Query("max(ab_purchase_overdue_seconds)", "purchase"),
                Query("max(ab_moderation_oldest_pending_seconds)", "moderation"),
            ),
            unit="s",
            most=300,
            steps=(Step(None, "green"), Step(60, "orange"), Step(300, "red")),
            width=6,
            leads_to="queues",
        ),
        Panel(
            title="Asked from outside",
            shows="Whether our addresses answer the watch, which asks them as the app does (1 or"
            " 0), and how long that takes.",
            good="1, within a second.",
            act="Nobody may be there to complain: name, certificate, way in, in this order.",
            runbook="edge-unreachable",
            queries=(
                Query("max by (name) (ab_url_up)", "{{name}} answers"),
                Query("max by (name) (ab_url_seconds)", "{{name}} takes", unit="s"),
            ),
            width=6,
            height=6,
        ),
        Panel(
            title="Disk free",
            kind="bargauge",
            shows="Share of each watched disk that may still be written.",
            good="More than a fifth.",
            act="Find what grew (database, objects, metrics) before it stops everything.",
            runbook="disk-filling",
            queries=(Query("min by (path) (ab_disk_free_ratio)", "{{path}}"),),
            unit="percentunit",
            decimals=0,
            most=1,
            steps=(Step(None, "red"), Step(0.05, "orange"), Step(0.2, "green")),
            width=6,
            height=6,
        ),
        Panel(
            title="Certificates, keys and backups",
            kind="table",
            shows="Days until certificates end (as a negative age), and how old the signing key,"
            " the secrets and the last backups are.",
            good="Certificates below -21, backups below 1, keys below 100, secrets below 365.",
            act="The runbook says how each is renewed without anybody noticing.",
            runbook="backup-old",
            queries=(
                Query(
                    "(time() - label_replace(max by (host)"
                    ' (ab_certificate_expires_timestamp_seconds), "what", "certificate $1",'
                    ' "host", "(.*)")) / 86400'
                    " or (time() - label_replace(max(ab_signing_key_created_timestamp_seconds > 0),"
                    ' "what", "signing key", "", "")) / 86400'
                    " or (time() - label_replace(max by (name)"
                    ' (ab_secret_changed_timestamp_seconds > 0), "what", "secret $1", "name",'
                    ' "(.*)")) / 86400'
                    " or (time() - label_replace(max by (what)"
                    ' (ab_backup_finished_timestamp_seconds > 0), "what", "backup $1", "what",'
                    ' "(.*)")) / 86400'
                ),
            ),
            table=Table(
                by=(("what", "What"),),
                columns=(Column("Age", unit="d", decimals=1),),
                sort_by="Age",
            ),
            width=6,
            height=6,
        ),
        Panel(
            title="Watch failures",
            shows="Looks at disks, certificates and backups that failed, by hour: while they"
            " fail, the panels beside this one show old news.",
            good="0.",
            act="The log of `ab operator watch` says what it could not see.",
            runbook="watch-blind",
            queries=(
                Query(or_zero("sum by (what) (increase(ab_watch_failures_total[1h]))"), "{{what}}"),
            ),
            width=6,
            height=6,
        ),
    ),
)

LOAD = Row(
    "How much, how fast",
    (
        Panel(
            title="Requests",
            shows="Answers a second by the first digit of their status; the dashed line is what"
            " there was at the chosen time before.",
            good="The shape of the same hour a week ago, and hardly any 5xx.",
            act="Far less than before: can the app reach us at all? Far more: see Gateway.",
            runbook="gateway-saturated",
            queries=(
                Query(
                    "sum by (class) (label_replace("
                    f'rate({REQUESTS}_count[$__rate_interval]), "class", "${{1}}xx",'
                    ' "http_response_status_code", "(.).."))',
                    "{{class}}",
                ),
                Query(rate(f"{REQUESTS}_count", ago="$ago"), "$ago before", before=True),
            ),
            unit="reqps",
            stacked=True,
            leads_to="gateway",
        ),
        Panel(
            title="Answer times",
            shows="How long all answers take. The crosses are single requests: each opens its"
            " trace.",
            good="p95 below 250 ms.",
            act="Open Gateway to see which route it is.",
            runbook="gateway-saturated",
            queries=slow(REQUESTS, shares=(0.5, 0.95, 0.99)),
            unit="s",
            traces='{resource.service.name="gateway" && duration>500ms}',
            leads_to="gateway",
        ),
        Panel(
            title="Sessions and tracks",
            shows="Sessions created and audio jobs ended, a minute; dashed: sessions at the"
            " chosen time before.",
            good="Ready follows created; failed and cancelled stay near 0.",
            act="Created without ready: Renders. Neither: is anybody there, or can they not?",
            runbook="stuck-jobs",
            queries=(
                Query(minutely("ab_sessions_created_total"), "created"),
                Query(minutely("ab_job_seconds_count", "outcome", AUDIO), "{{outcome}}"),
                Query(
                    minutely("ab_sessions_created_total", ago="$ago"),
                    "created $ago before",
                    before=True,
                ),
            ),
            unit="cpm",
            leads_to="renders",
        ),
        Panel(
            title="Transactions",
            shows="How long database transactions take, the slow ones (p90 by service).",
            good="Below 100 ms. Somebody is woken at 500 ms.",
            act="Look for locks and long queries; the trace of a slow request shows the query.",
            runbook="database-slow",
            queries=(Query(quantile(0.9, "ab_transaction_seconds", "job"), "{{job}}"),),
            unit="s",
            steps=(Step(None, "green"), Step(0.5, "red")),
            traces='{resource.service.name="${__field.labels.job}" && span.db.system.name=~".+"'
            " && duration>100ms}",
        ),
        Panel(
            title="Transactions that fail",
            shows="Share of transactions that the database refused or lost, by service.",
            good="0.",
            act="Is the database up, are its connections used up, did its password change?",
            runbook="database-slow",
            queries=(
                Query(
                    or_zero(share("ab_transaction_seconds_count", 'outcome="failed"', "job")),
                    "{{job}}",
                ),
            ),
            unit="percentunit",
            decimals=2,
            logs='{service_name="${__field.labels.job}"} | json | level="ERROR"',
        ),
        Panel(
            title="Database connections",
            shows="Share of the connections a process may have that are in use, the busiest of"
            " each service.",
            good="Below 90 %.",
            act="At 100 % requests wait: more processes, a larger pool, or shorter transactions.",
            runbook="database-connections-exhausted",
            queries=(
                Query(
                    'max by (job) (ab_database_connections{state="in_use"}'
                    ' / ignoring (state) ab_database_connections{state="limit"})',
                    "{{job}}",
                ),
            ),
            unit="percentunit",
            decimals=0,
            most=1,
            steps=(Step(None, "green"), Step(0.9, "red")),
        ),
    ),
)

BOARD = Board(
    name="overview",
    title="Overview",
    about="Can users create, listen and pay? If not: what hurts, since when, and how much.",
    rows=(CAN_THEY, BUDGETS, HURTS, LOAD, SERVICE),
    variables=(Variable("service", "Service", "ab_build_info", "job"),),
)
