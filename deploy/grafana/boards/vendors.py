"""Whom we buy from: how they answer, what they cost, and how near their limits are."""

from __future__ import annotations

from .model import Board, Panel, Query, Row, Step, Variable
from .promql import increase, minutely, or_zero, over, quantile, rate, share

OF = 'vendor=~"$vendor"'
DOLLARS = "ab_vendor_cost_dollars_total"
CALLS = "ab_vendor_calls_total"

MONEY = Row(
    "What it costs",
    (
        Panel(
            title="Dollars, last 24 hours",
            kind="stat",
            shows="What all vendors' calls cost in the last 24 hours, by their price lists.",
            good="About what it was yesterday.",
            act="See Cost for whose and since when.",
            runbook="vendor-spend-high",
            queries=(Query(or_zero(increase(DOLLARS, window="24h")), "dollars"),),
            unit="currencyUSD",
            decimals=2,
            width=6,
            height=5,
        ),
        Panel(
            title="Dollars per 1,000 sessions",
            kind="stat",
            nothing="no session",
            shows="What vendors cost in the shown time for each 1,000 sessions created in it.",
            good="Steady, and below what 1,000 sessions bring in.",
            act="Rising: fewer reads were there already (Renders), or a dearer model.",
            runbook="vendor-spend-high",
            queries=(
                Query(
                    over(
                        f"1000 * ({or_zero(increase(DOLLARS))})",
                        increase("ab_sessions_created_total"),
                    ),
                    "dollars",
                ),
            ),
            unit="currencyUSD",
            decimals=2,
            width=6,
            height=5,
        ),
        Panel(
            title="Cost",
            shows="Dollars an hour, by vendor; dashed: all of them at the chosen time before.",
            good="Follows the number of new lines.",
            act="A vendor costs more and nobody makes more: who calls it? See its traces.",
            runbook="vendor-spend-high",
            queries=(
                Query(f"3600 * {rate(DOLLARS, 'vendor', OF)}", "{{vendor}}"),
                Query(f"3600 * {rate(DOLLARS, '', OF, ago='$ago')}", "$ago before", before=True),
            ),
            unit="currencyUSD",
            decimals=2,
            width=12,
            height=13,
        ),
        Panel(
            title="Characters",
            shows="Characters spoken a minute, by vendor: what speech is charged by.",
            good="Only new lines are spoken, each twice.",
            act="More than new lines explain: are reads that were there found? See Renders.",
            runbook="vendor-spend-high",
            queries=(Query(minutely("ab_vendor_characters_total", "vendor", OF), "{{vendor}}"),),
            unit="cpm",
            width=6,
        ),
        Panel(
            title="Tokens",
            shows="Tokens a minute, by vendor and kind: what written affirmations are charged by.",
            good="Many cached ones: the same instructions cost less again.",
            act="No cached ones since a release: the instructions begin with what changes.",
            runbook="vendor-spend-high",
            queries=(
                Query(
                    minutely("ab_vendor_tokens_total", "vendor, kind", OF), "{{vendor}}: {{kind}}"
                ),
            ),
            unit="cpm",
            width=6,
        ),
    ),
)

ANSWERS = Row(
    "How they answer",
    (
        Panel(
            title="Outcomes of calls",
            shows="Calls a second, by vendor and what came of them.",
            good="ok. refused is an answer: a text it will not say, a user it does not know.",
            act="throttled: fewer at once. failed, timed_out: is it down? refused by all: the key.",
            runbook="vendor-failing",
            queries=(Query(rate(CALLS, "vendor, outcome", OF), "{{vendor}}: {{outcome}}"),),
            unit="ops",
            stacked=True,
            width=12,
            traces='{span.vendor.name="${__field.labels.vendor}"}',
            logs='{service_name=~"tts|session|auth|entitlement"} | json | level=~"ERROR|WARNING"',
        ),
        Panel(
            title="Time of calls",
            shows="How long calls take, by vendor and what is asked (p95). The crosses are single"
            " calls: each opens its trace.",
            good="A second or two for speech, below 250 ms for the others.",
            act="Slower than usual: their status page; the breaker opens when they hang.",
            runbook="vendor-failing",
            queries=(
                Query(
                    quantile(0.95, "ab_vendor_call_seconds", "vendor, operation", OF),
                    "{{vendor}}: {{operation}}",
                    exemplars=True,
                ),
            ),
            unit="s",
            width=12,
            traces='{span.vendor.name="${__field.labels.vendor}" && duration>1s}',
        ),
        Panel(
            title="Too many (429)",
            shows="Share of calls that a vendor answered with 429: too many at once, or the"
            " plan is used up.",
            good="Below 1 %: the number of calls at once adapts by itself.",
            act="For long: a larger plan at the vendor, or fewer slots.",
            runbook="vendor-throttled",
            queries=(
                Query(or_zero(share(CALLS, f'outcome="throttled", {OF}', "vendor")), "{{vendor}}"),
            ),
            unit="percentunit",
            decimals=1,
            steps=(Step(None, "green"), Step(0.1, "red")),
        ),
        Panel(
            title="Breakers",
            shows="How many processes leave a vendor alone because it keeps failing.",
            good="0.",
            act="What needs it waits or falls back; it is tried again by itself every minute.",
            runbook="breaker-open",
            queries=(
                Query(
                    f"sum by (vendor, operation) (ab_vendor_breaker_open{{{OF}}})",
                    "{{vendor}}: {{operation}}",
                ),
            ),
            decimals=0,
            steps=(Step(None, "green"), Step(1, "red")),
        ),
        Panel(
            title="Slots",
            shows="Calls at once: how many there may be (limit), are (busy) and would like to be"
            " (waiting), all processes together.",
            good="Busy below limit, nobody waiting for long.",
            act="Waiting and no 429: the limit may be raised. With 429: it is the vendor's.",
            runbook="vendor-throttled",
            queries=(
                Query(f"sum by (vendor, kind) (ab_vendor_slots{{{OF}}})", "{{vendor}}: {{kind}}"),
            ),
            decimals=0,
        ),
        Panel(
            title="Calls not made",
            shows="Calls a minute that were not made: the breaker was open, or all slots taken.",
            good="0.",
            act="See Breakers and Slots.",
            runbook="breaker-open",
            queries=(
                Query(
                    or_zero(minutely("ab_vendor_skipped_total", "vendor, reason", OF)),
                    "{{vendor}}: {{reason}}",
                ),
            ),
            unit="cpm",
        ),
        Panel(
            title="Who writes",
            shows="Sets of affirmations a minute, by who wrote them; dashed: sets that a model"
            " was to write and the built-in writer wrote.",
            good="The model writes where there is a key for one.",
            act="Falling back: the label says why (breaker, bounds, rules).",
            runbook="vendor-failing",
            queries=(
                Query(minutely("ab_writer_sets_total", "writer"), "{{writer}}"),
                Query(
                    or_zero(minutely("ab_writer_fallbacks_total", "reason")),
                    "fell back: {{reason}}",
                    before=True,
                ),
            ),
            unit="cpm",
        ),
        Panel(
            title="Moderation by outcome",
            shows="Texts looked at, a minute, by who decided and how.",
            good="Nearly all approved at once.",
            act="Pending: the moderation server does not answer; see Business for the queue.",
            runbook="moderation-behind",
            queries=(
                Query(
                    minutely("ab_moderation_decisions_total", "provider, status"),
                    "{{provider}}: {{status}}",
                ),
            ),
            unit="cpm",
            leads_to="business",
        ),
    ),
)

BOARD = Board(
    name="vendors",
    title="Vendors and cost",
    about="Whom we buy from: how they answer, what they cost, and how near their limits are.",
    rows=(MONEY, ANSWERS),
    variables=(Variable("vendor", "Vendor", CALLS, "vendor"),),
)
