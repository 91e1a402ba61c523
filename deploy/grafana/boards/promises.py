"""The promises to users: kept or not, and how much of what may fail is left."""

from __future__ import annotations

from .model import Panel, Query, Row, Step
from .promql import REQUESTS, or_zero, over, slow, within

CREATE = (
    'http_request_method="POST", http_route=~"/sessions|/sessions/[{]session_id[}]/ensure-audio"'
)
BUNDLE = 'http_request_method="GET", http_route="/sessions/{session_id}/playback-bundle"'
FAILED = 'http_response_status_code=~"5.."'
ANSWERED = 'http_response_status_code!~"5.."'
AUDIO = 'kind="audio"'
# What its owner called off is nobody's failure.
ENDED = 'kind="audio", outcome!="cancelled"'
MONTH = "30d"
BURN = (Step(None, "green"), Step(1, "yellow"), Step(6, "orange"), Step(14.4, "red"))


def _promise(share: float, soft: float) -> tuple[Step, ...]:
    return (Step(None, "red"), Step(soft, "orange"), Step(share, "green"))


def _left(missed: str, all_of_them: str, budget: float) -> str:
    return f"1 - ({over(f'({missed})', all_of_them)}) / {budget}"


def _month(metric: str, of: str) -> str:
    return f"sum(increase({metric}{{{of}}}[{MONTH}]))"


CAN_THEY = Row(
    "Can they? (the last hour)",
    (
        Panel(
            title="Can they create?",
            kind="stat",
            nothing="nobody tried",
            shows="Share of new sessions and requests for audio in the last hour that were not"
            " answered with a failure of ours (5xx).",
            good="99.9 % and more, which is what we promise over 30 days.",
            act="See which service hurts below; then follow the runbook.",
            runbook="create-budget-burn",
            queries=(Query('1 - ab:http_errors:ratio_rate1h{slo="create"}', "created"),),
            unit="percentunit",
            decimals=2,
            least=None,
            steps=_promise(0.999, 0.99),
            width=6,
            height=5,
            leads_to="gateway",
        ),
        Panel(
            title="Can they hear it soon?",
            kind="stat",
            nothing="nobody asked",
            shows="Share of audio jobs of the last hour that were ready within 60 seconds.",
            good="99 % and more.",
            act="Look at Renders (where the time goes) and Queues (what waits).",
            runbook="time-to-ready-budget-burn",
            queries=(Query('1 - ab:ready_slow:ratio_rate1h{slo="time_to_ready"}', "in time"),),
            unit="percentunit",
            decimals=1,
            least=None,
            steps=_promise(0.99, 0.95),
            width=6,
            height=5,
            leads_to="renders",
        ),
        Panel(
            title="Can they listen?",
            kind="stat",
            nothing="nobody tried",
            shows="Share of playback bundles of the last hour that were not answered with 5xx:"
            " without one the app has nothing to play.",
            good="99.95 % and more.",
            act="See Gateway, by route; then follow the runbook.",
            runbook="playback-budget-burn",
            queries=(Query('1 - ab:http_errors:ratio_rate1h{slo="playback_bundle"}', "listened"),),
            unit="percentunit",
            decimals=2,
            least=None,
            steps=_promise(0.9995, 0.995),
            width=6,
            height=5,
            leads_to="gateway",
        ),
        Panel(
            title="Can they pay?",
            kind="stat",
            nothing="nobody bought",
            shows="Share of purchases of the last day that gave the listener their plan within"
            " two minutes of the store's word.",
            good="99 % and more. Nothing is shown on a day without a purchase.",
            act="See Business, purchases overdue: the store may be away, or its webhooks fail.",
            runbook="purchases-overdue",
            queries=(Query(within("ab_purchase_visible_seconds", "120", window="1d"), "in time"),),
            unit="percentunit",
            decimals=1,
            least=None,
            steps=_promise(0.99, 0.95),
            width=6,
            height=5,
            leads_to="business",
        ),
    ),
)

BUDGETS = Row(
    "What was promised",
    (
        Panel(
            title="Error budget left",
            kind="bargauge",
            shows="How much of what may fail in 30 days is still unspent, promise by promise."
            " 100 % is all of it; below 0 the promise is broken.",
            good="More than half, with no sudden drop.",
            act="Below a quarter: no risky releases. Below 0: mending comes before features.",
            runbook="create-budget-burn",
            queries=(
                Query(
                    _left(
                        or_zero(_month(f"{REQUESTS}_count", f"{CREATE}, {FAILED}")),
                        _month(f"{REQUESTS}_count", CREATE),
                        0.001,
                    ),
                    "create (99.9 %)",
                ),
                Query(
                    _left(
                        f"{_month('ab_job_seconds_count', ENDED)} - "
                        + _month(
                            "ab_job_seconds_bucket",
                            f'{AUDIO}, outcome="ready", le=~"60([.]0)?"',
                        ),
                        _month("ab_job_seconds_count", ENDED),
                        0.01,
                    ),
                    "ready in 60 s (99 %)",
                ),
                Query(
                    _left(
                        or_zero(_month(f"{REQUESTS}_count", f"{BUNDLE}, {FAILED}")),
                        _month(f"{REQUESTS}_count", BUNDLE),
                        0.0005,
                    ),
                    "listen (99.95 %)",
                ),
                Query(
                    _left(
                        f"{_month(f'{REQUESTS}_count', f'{BUNDLE}, {ANSWERED}')} - "
                        + _month(f"{REQUESTS}_bucket", f'{BUNDLE}, {ANSWERED}, le="0.3"'),
                        _month(f"{REQUESTS}_count", f"{BUNDLE}, {ANSWERED}"),
                        0.01,
                    ),
                    "listen in 300 ms (99 %)",
                ),
            ),
            unit="percentunit",
            decimals=0,
            most=1,
            steps=(Step(None, "red"), Step(0.001, "orange"), Step(0.25, "green")),
        ),
        Panel(
            title="Burn rate",
            shows="How fast the budgets are spent, by the last hour: at 1 a budget lasts exactly"
            " 30 days, at 14.4 two days.",
            good="Below 1. Somebody is woken at 14.4 (one hour) and 6 (six hours).",
            act="Open the panel of the promise that burns, and from it a trace of a failure.",
            runbook="create-budget-burn",
            queries=(
                Query('ab:http_errors:ratio_rate1h{slo="create"} / 0.001', "create"),
                Query('ab:ready_slow:ratio_rate1h{slo="time_to_ready"} / 0.01', "ready in time"),
                Query('ab:http_errors:ratio_rate1h{slo="playback_bundle"} / 0.0005', "listen"),
                Query(
                    'ab:playback_slow:ratio_rate1h{slo="playback_latency"} / 0.01',
                    "listen in 300 ms",
                ),
            ),
            steps=BURN,
            decimals=1,
        ),
        Panel(
            title="Time to ready",
            shows="From a request for audio to a track that can be played: half, 95 and 99 of a"
            " hundred stay below the lines. The crosses are single jobs: each opens its trace.",
            good="99 of 100 below 60 s.",
            act="Open the trace of a slow job: the longest bar says who is slow.",
            runbook="time-to-ready-budget-burn",
            queries=slow(
                "ab_job_seconds", of='kind="audio", outcome="ready"', shares=(0.5, 0.95, 0.99)
            ),
            unit="s",
            steps=(Step(None, "green"), Step(60, "red")),
            traces='{resource.service.name="session" && duration>5s}',
            leads_to="renders",
        ),
        Panel(
            title="Creates that fail",
            shows="Share of creates and requests for audio answered with 5xx, now and over the"
            " last hour.",
            good="0. The promise allows 0.1 %.",
            act="Follow a trace with an error to the service that failed.",
            runbook="create-budget-burn",
            queries=(
                Query('ab:http_errors:ratio_rate5m{slo="create"}', "5 minutes"),
                Query('ab:http_errors:ratio_rate1h{slo="create"}', "1 hour"),
            ),
            unit="percentunit",
            decimals=2,
            steps=(Step(None, "green"), Step(0.001, "orange"), Step(0.0144, "red")),
            traces='{resource.service.name="gateway" && span.http.route=~"/sessions.*"'
            " && status=error}",
            logs='{service_name="gateway"} | json | route=~"/sessions.*" | status >= 500',
        ),
        Panel(
            title="Playback bundles that fail",
            shows="Share of playback bundles answered with 5xx, now and over the last hour.",
            good="0. The promise allows 0.05 %.",
            act="Follow a trace with an error; session and entitlement answer for bundles.",
            runbook="playback-budget-burn",
            queries=(
                Query('ab:http_errors:ratio_rate5m{slo="playback_bundle"}', "5 minutes"),
                Query('ab:http_errors:ratio_rate1h{slo="playback_bundle"}', "1 hour"),
            ),
            unit="percentunit",
            decimals=2,
            steps=(Step(None, "green"), Step(0.0005, "orange"), Step(0.0072, "red")),
            traces='{resource.service.name="gateway" && span.http.route=~".*playback-bundle"'
            " && status=error}",
            logs='{service_name="gateway"} | json | route=~".*playback-bundle" | status >= 500',
        ),
        Panel(
            title="Playback bundles: time",
            shows="How long playback bundles take. The crosses are single requests: each opens"
            " its trace.",
            good="99 of 100 below 300 ms.",
            act="Open a slow trace: signing is the gateway's, the rest is session's database.",
            runbook="playback-budget-burn",
            queries=slow(REQUESTS, of=BUNDLE, shares=(0.5, 0.95, 0.99)),
            unit="s",
            steps=(Step(None, "green"), Step(0.3, "red")),
            traces='{resource.service.name="gateway" && span.http.route=~".*playback-bundle"'
            " && duration>300ms}",
        ),
    ),
)
