"""What people do: sign up, make, listen, buy; and whether the books agree."""

from __future__ import annotations

from .model import Board, Column, Panel, Query, Row, Step, Table
from .promql import increase, minutely, or_zero, over, rate, slow

DAY = "24h"
EVENTS = "ab_listening_events_total"
BOUGHT = 'type="INITIAL_PURCHASE"'


def _in_a_day(metric: str, of: str = "") -> str:
    return increase(metric, of=of, window=DAY)


PEOPLE = Row(
    "The last 24 hours",
    (
        Panel(
            title="New users",
            kind="stat",
            nothing="nobody",
            shows="Users seen for the first time in the last 24 hours.",
            good="Like other days of the week.",
            act="None at all: can people sign up? See Gateway, /auth and webhooks.",
            runbook="service-down",
            queries=(Query(_in_a_day("ab_users_registered_total"), "users"),),
            decimals=0,
            width=4,
            height=5,
        ),
        Panel(
            title="Sessions made",
            kind="stat",
            nothing="none",
            shows="Sessions that listeners created in the last 24 hours.",
            good="Like other days of the week.",
            act="Far fewer: see Overview, can they create?",
            runbook="create-budget-burn",
            queries=(Query(_in_a_day("ab_sessions_created_total"), "sessions"),),
            decimals=0,
            width=4,
            height=5,
            leads_to="overview",
        ),
        Panel(
            title="Listens begun",
            kind="stat",
            nothing="none",
            shows="Times somebody pressed play in the last 24 hours, as far as phones told.",
            good="Several for each session made.",
            act="Far fewer: see Overview, can they listen? Phones tell late when offline.",
            runbook="playback-budget-burn",
            queries=(Query(_in_a_day(EVENTS, 'type="start", outcome="accepted"'), "begun"),),
            decimals=0,
            width=4,
            height=5,
            leads_to="overview",
        ),
        Panel(
            title="Listens to the end",
            kind="stat",
            nothing="nobody listened",
            shows="Share of the listens of the last 24 hours that went on to the end.",
            good="More than half, and steady.",
            act="Falling with a release or a new voice: listen to what they hear.",
            runbook="loudness-off",
            queries=(
                Query(
                    over(
                        _in_a_day(EVENTS, 'type="complete", outcome="accepted"'),
                        _in_a_day(EVENTS, 'type="start", outcome="accepted"'),
                    ),
                    "to the end",
                ),
            ),
            unit="percentunit",
            decimals=0,
            width=4,
            height=5,
        ),
        Panel(
            title="First purchases",
            kind="stat",
            shows="First purchases that the store told of in the last 24 hours.",
            good="Like other days of the week.",
            act="None at all: do webhooks come in? See Gateway.",
            runbook="webhooks-failing",
            queries=(Query(or_zero(_in_a_day("ab_purchase_events_total", BOUGHT)), "bought"),),
            decimals=0,
            width=4,
            height=5,
            leads_to="gateway",
        ),
        Panel(
            title="Conversion",
            kind="stat",
            nothing="nobody signed up",
            shows="First purchases for each new user, both of the shown time. Choose a month:"
            " people buy days after they sign up.",
            good="A few of a hundred.",
            act="Falling: look at what the app offers when the day's generations are spent.",
            runbook="purchases-overdue",
            queries=(
                Query(
                    over(
                        f"({or_zero(increase('ab_purchase_events_total', of=BOUGHT))})",
                        increase("ab_users_registered_total"),
                    ),
                    "bought",
                ),
            ),
            unit="percentunit",
            decimals=1,
            width=4,
            height=5,
        ),
    ),
)

DOINGS = Row(
    "What they do",
    (
        Panel(
            title="Sign-ups and sessions",
            shows="New users and sessions made, an hour; dashed: sessions at the chosen time"
            " before.",
            good="The shape of other days.",
            act="A hole in both: the app could not reach us.",
            runbook="create-budget-burn",
            queries=(
                Query(f"3600 * {rate('ab_users_registered_total')}", "new users"),
                Query(f"3600 * {rate('ab_sessions_created_total')}", "sessions"),
                Query(
                    f"3600 * {rate('ab_sessions_created_total', ago='$ago')}",
                    "sessions $ago before",
                    before=True,
                ),
            ),
            decimals=0,
        ),
        Panel(
            title="Listening",
            shows="What listeners did, a minute, by kind; late news of phones is counted when it"
            " comes.",
            good="Starts and completes go together.",
            act="Many abandons after a release: listen to what they hear.",
            runbook="playback-budget-burn",
            queries=(Query(minutely(EVENTS, "type", 'outcome="accepted"'), "{{type}}"),),
            unit="cpm",
            stacked=True,
        ),
        Panel(
            title="Purchases",
            shows="News of purchases an hour, by type and what became of it.",
            good="Taken; repeated ones are the store being careful.",
            act="Only cancellations and expirations: is something broken for those who pay?",
            runbook="webhooks-failing",
            queries=(
                Query(
                    f"3600 * {rate('ab_purchase_events_total', 'type, outcome')}",
                    "{{type}}: {{outcome}}",
                ),
            ),
            decimals=0,
            stacked=True,
        ),
        Panel(
            title="Generations",
            shows="Generations an hour: spent, by plan; and refused, by reason.",
            good="Refusals are free users who reached their day's two: they may buy.",
            act="Refusals of payers: see entitlement drift.",
            runbook="quota-drift",
            queries=(
                Query(f"3600 * {rate('ab_quota_taken_total', 'plan')}", "{{plan}}"),
                Query(
                    or_zero(f"3600 * {rate('ab_quota_refused_total', 'code')}"),
                    "refused: {{code}}",
                ),
            ),
            decimals=0,
        ),
        Panel(
            title="Plans of those who are here",
            shows="Answers of what a listener may do, a minute, by plan and state.",
            good="Steady shares.",
            act="unknown rises: the store does not answer; payers keep their plan meanwhile.",
            runbook="entitlement-drift",
            queries=(
                Query(
                    minutely("ab_entitlements_answered_total", "plan, status"),
                    "{{plan}}: {{status}}",
                ),
            ),
            unit="cpm",
            stacked=True,
        ),
        Panel(
            title="Yesterday",
            kind="table",
            shows="The numbers of the day before (UTC), counted shortly after midnight and again"
            " when phones tell late.",
            good="There at all, and like the same day a week ago.",
            act="Empty by one o'clock: see session's log. `POST /admin/analytics/roll-up` counts.",
            runbook="service-down",
            queries=(
                Query(
                    "max by (number) (ab_analytics_yesterday)"
                    ' or on() label_replace(vector(0), "number", "nothing yesterday", "", "")'
                ),
            ),
            table=Table(by=(("number", "What"),), columns=(Column("Number"),), sort_by="Number"),
        ),
    ),
)

BOOKS = Row(
    "Do the books agree?",
    (
        Panel(
            title="Quota drift",
            shows="Reservations that no job explains and jobs without one, and reservations that"
            " the ledger does not agree with, when last compared.",
            good="0.",
            act="`ab operator quota` shows whose; the runbook says how to correct it.",
            runbook="quota-drift",
            queries=(
                Query("max(ab_quota_drift)", "reservations and jobs"),
                Query("max(ab_quota_ledger_drift)", "reservations and ledger"),
            ),
            decimals=0,
            steps=(Step(None, "green"), Step(1, "red")),
            width=6,
        ),
        Panel(
            title="Entitlement drift",
            shows="Subscriptions whose state here differed from the store's at the last"
            " comparison (and was put right).",
            good="0; up to 5 after a bad day of webhooks.",
            act="More: webhooks are lost. See Gateway, webhooks.",
            runbook="entitlement-drift",
            queries=(Query("sum(ab_entitlement_drift)", "drift"),),
            decimals=0,
            steps=(Step(None, "green"), Step(6, "red")),
            width=6,
            leads_to="gateway",
        ),
        Panel(
            title="Purchases overdue",
            shows="Buyers whose new state should have been read by now, and for how long the"
            " first of them waits.",
            good="0.",
            act="Is the store's API answering? See Vendors.",
            runbook="purchases-overdue",
            queries=(
                Query("max(ab_purchase_customers_overdue)", "buyers"),
                Query("max(ab_purchase_overdue_seconds)", "longest", unit="s"),
            ),
            width=6,
            leads_to="vendors",
        ),
        Panel(
            title="Purchase to plan",
            shows="From the store's word to a plan the listener can use.",
            good="Below two seconds.",
            act="Slow: the store's API (Vendors) or entitlement's queue (Queues).",
            runbook="purchases-overdue",
            queries=slow("ab_purchase_visible_seconds"),
            unit="s",
            steps=(Step(None, "green"), Step(120, "red")),
            width=6,
        ),
        Panel(
            title="Moderation queue",
            shows="Texts in use that nobody has judged yet, those of them that nobody could be"
            " asked about, and the age of the oldest.",
            good="0. Their owners hear them; they are never shared.",
            act="Server away: see Vendors. Waiting for people: `/v1/admin/moderation`.",
            runbook="moderation-behind",
            queries=(
                Query("max(ab_moderation_queue)", "wait"),
                Query("max(ab_moderation_unavailable)", "nobody to ask"),
                Query("max(ab_moderation_oldest_pending_seconds)", "oldest", unit="s"),
            ),
            width=6,
            leads_to="vendors",
        ),
        Panel(
            title="Refused texts",
            shows="Requests refused for a text that must not be spoken, a minute; care is help"
            " for those who speak of harming themselves.",
            good="Few.",
            act="A wave: somebody tries the filter, or a word in the list is too common.",
            runbook="moderation-behind",
            queries=(
                Query(or_zero(minutely("ab_moderation_refused_total", "care")), "care: {{care}}"),
            ),
            unit="cpm",
            width=6,
        ),
        Panel(
            title="Erasures",
            shows="Erasures that some service has not carried out yet, and the age of the oldest.",
            good="None older than an hour; the law gives 30 days.",
            act="Which service is missing? `ab operator` names it.",
            runbook="erasure-overdue",
            queries=(
                Query("max(ab_erasures_live)", "live"),
                Query("max(ab_erasure_oldest_seconds)", "oldest", unit="s"),
            ),
            width=6,
        ),
        Panel(
            title="Last comparisons",
            kind="bargauge",
            shows="How long ago things that have to agree were last compared.",
            good="Less than a day.",
            act="Older: drift would go unseen. See the log of the service that compares.",
            runbook="entitlement-drift",
            queries=(
                Query("time() - max by (what) (ab_reconciled_timestamp_seconds)", "{{what}}"),
            ),
            unit="s",
            most=129_600,
            steps=(Step(None, "green"), Step(86_400, "orange"), Step(129_600, "red")),
            width=6,
        ),
        Panel(
            title="Notices to phones",
            shows="Notices a minute: taken by the push service, by kind; and given up, by reason.",
            good="Sent.",
            act="Given up: see Vendors, Expo.",
            runbook="vendor-failing",
            queries=(
                Query(or_zero(minutely("ab_notices_sent_total", "kind")), "{{kind}}"),
                Query(or_zero(minutely("ab_notices_failed_total", "reason")), "{{reason}}"),
            ),
            unit="cpm",
            width=6,
        ),
    ),
)

BOARD = Board(
    name="business",
    title="Business",
    about="What people do: sign up, make, listen, buy; and whether the books agree.",
    rows=(PEOPLE, DOINGS, BOOKS),
    hours=48,
)
