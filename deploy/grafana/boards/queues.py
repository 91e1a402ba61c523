"""What waits between the services, who takes it, and what could not be delivered."""

from __future__ import annotations

from .model import Board, Column, Panel, Query, Row, Step, Table, Variable
from .promql import or_zero, quantile, rate

# Queues of one process come and go with it.
LASTING = 'queue!~".*[.](replies|live)[.].*"'
DETAILED = "rabbitmq_detailed_queue"
AGE = (Step(None, "green"), Step(60, "orange"), Step(300, "red"))

QUEUES = Row(
    "Queues",
    (
        Panel(
            title="Every queue",
            kind="table",
            shows="Each queue: messages that wait, messages in hand, who takes from it, and how"
            " long what comes in now will wait.",
            good="Nothing waits for long; every queue but retries and dead letters has a consumer.",
            act="No consumer: is the service up? Old: run one more of it.",
            runbook="queue-age",
            queries=(
                Query(f"sum by (queue) ({DETAILED}_messages_ready{{{LASTING}}})"),
                Query(f"sum by (queue) ({DETAILED}_messages_unacked{{{LASTING}}})"),
                Query(f"sum by (queue) ({DETAILED}_consumers{{{LASTING}}})"),
                Query(f"max by (queue) (ab:queue_age:seconds{{{LASTING}}})"),
            ),
            table=Table(
                by=(("queue", "Queue"),),
                columns=(
                    Column("Waiting", steps=(Step(None, "green"), Step(100, "orange"))),
                    Column("In hand"),
                    Column("Consumers", steps=(Step(None, "text"),)),
                    Column("Age", unit="s", steps=AGE),
                ),
                sort_by="Waiting",
            ),
            width=12,
            height=16,
        ),
        Panel(
            title="Age by queue",
            shows="How long what comes in now will wait: what waits divided by the pace at which"
            " it is taken.",
            good="Below a minute.",
            act="Rising in one queue: its consumer is slow or away. In all: the broker.",
            runbook="queue-age",
            queries=(Query(f"topk(8, ab:queue_age:seconds{{{LASTING}}})", "{{queue}}"),),
            unit="s",
            steps=AGE,
            width=12,
        ),
        Panel(
            title="Depth by queue",
            shows="Messages that wait, in the eight deepest queues.",
            good="Waves that fall again.",
            act="A slope that only rises: more comes than is taken. Run more of that service.",
            runbook="queue-age",
            queries=(Query(f"topk(8, ab:queue_ready:sum{{{LASTING}}})", "{{queue}}"),),
            width=12,
        ),
        Panel(
            title="Consumers by queue",
            shows="Who takes from the queues that must never be without somebody (the fewest).",
            good="At least 1 everywhere.",
            act="0: is the service running, and does it reach the broker?",
            runbook="queue-has-no-consumer",
            queries=(
                Query(
                    f"bottomk(10, sum by (queue) ({DETAILED}_consumers"
                    '{queue!~".*[.](replies|live)[.].*|.*[.]dead|ab[.]retry[.].*"}))',
                    "{{queue}}",
                ),
            ),
            decimals=0,
            width=12,
        ),
        Panel(
            title="Dead letters",
            shows="Messages that nobody could handle, by service. They stay until somebody"
            " decides.",
            good="0.",
            act="`ab operator dlq` shows why each died; mend the cause, then replay or drop.",
            runbook="dead-letters",
            queries=(Query("ab:dead_letters:sum", "{{queue}}"),),
            decimals=0,
            steps=(Step(None, "green"), Step(1, "red")),
            width=12,
            logs='{service_name=~".+"} | json | level="ERROR"',
        ),
    ),
)

MESSAGES = Row(
    "Messages of $service",
    (
        Panel(
            title="Messages by outcome",
            shows="Messages heard a second, by what became of them; dashed: all of them at the"
            " chosen time before.",
            good="Done. Retried now and then; dead never.",
            act="Which message is it? See below by name, then the logs.",
            runbook="dead-letters",
            queries=(
                Query(
                    rate("ab_messages_handled_total", "outcome", 'job=~"$service"'), "{{outcome}}"
                ),
                Query(
                    rate("ab_messages_handled_total", "", 'job=~"$service"', ago="$ago"),
                    "$ago before",
                    before=True,
                ),
            ),
            unit="ops",
            stacked=True,
            logs='{service_name=~"$service"} | json | level=~"ERROR|WARNING"',
        ),
        Panel(
            title="Time of handling",
            shows="How long handlers take, by message (the eight slowest, p95). The crosses are"
            " single messages: each opens its trace.",
            good="Milliseconds; seconds only for speech and sound.",
            act="Open a slow trace.",
            runbook="queue-age",
            queries=(
                Query(
                    "topk(8, "
                    + quantile(
                        0.95, "ab_message_handling_seconds", "routing_key", 'job=~"$service"'
                    )
                    + ")",
                    "{{routing_key}}",
                    exemplars=True,
                ),
            ),
            unit="s",
            traces="{span.messaging.rabbitmq.destination.routing_key"
            '="${__field.labels.routing_key}" && kind=consumer}',
        ),
        Panel(
            title="Time in the queue",
            shows="From publishing a message to the first look at it, by queue (p95, the eight"
            " longest).",
            good="Below a second where somebody waits for an answer (rpc).",
            act="Long with few waiting: the consumer takes too many at once and sits on them.",
            runbook="queue-age",
            queries=(
                Query(
                    "topk(8, "
                    + quantile(0.95, "ab_message_waited_seconds", "queue", 'job=~"$service"')
                    + ")",
                    "{{queue}}",
                ),
            ),
            unit="s",
        ),
        Panel(
            title="Publishing by outcome",
            shows="Messages handed to the broker, a second, by outcome.",
            good="Confirmed.",
            act="Unroutable: a queue or binding is missing. Unconfirmed: the broker is in need.",
            runbook="broker-unreachable",
            queries=(
                Query(
                    rate("ab_messages_published_total", "outcome", 'job=~"$service"'), "{{outcome}}"
                ),
            ),
            unit="ops",
            stacked=True,
        ),
        Panel(
            title="Redeliveries",
            shows="Messages a second that the broker handed out again, since whoever had them"
            " went away; and those that wait in the ladder of retries.",
            good="0, but for a moment when a process stops.",
            act="For long: a handler kills its process, or its connection breaks.",
            runbook="service-restarting",
            queries=(
                Query(
                    or_zero(rate("ab_messages_redelivered_total", "queue", 'job=~"$service"')),
                    "{{queue}}",
                ),
                Query(
                    f'sum({DETAILED}_messages_ready{{queue=~"ab[.]retry[.].*"}})',
                    "wait to be retried",
                ),
            ),
        ),
        Panel(
            title="Calls between services",
            shows="Calls that wait for an answer (RPC), by what is asked: p95 as the caller saw"
            " it.",
            good="Below 100 ms; 5 s is the end of patience.",
            act="Open the trace of a slow request: who was asked, and what did they do?",
            runbook="queue-age",
            queries=(
                Query(
                    "topk(8, "
                    + quantile(0.95, "ab_rpc_call_seconds", "routing_key", 'job=~"$service"')
                    + ")",
                    "{{routing_key}}",
                ),
            ),
            unit="s",
            traces='{name=~".*${__field.labels.routing_key}.*"}',
        ),
        Panel(
            title="Calls by outcome",
            shows="Calls between services, a second, by outcome; and how many wait now.",
            good="done; refusals (quota, not found) are answers too.",
            act="Timed out: the service asked is away or behind; see Age by queue.",
            runbook="service-down",
            queries=(
                Query(
                    rate("ab_rpc_call_seconds_count", "outcome", 'job=~"$service"'), "{{outcome}}"
                ),
                Query('sum(ab_rpc_waiting_calls{job=~"$service"})', "wait now"),
            ),
            unit="short",
        ),
        Panel(
            title="Outbox",
            shows="Messages written with their row and not sent yet, by service, and the age of"
            " the oldest.",
            good="0: they leave within a second.",
            act="Rising: the broker is away, or one message is refused again and again.",
            runbook="outbox-stuck",
            queries=(
                Query('max by (job) (ab_outbox_pending{job=~"$service"})', "{{job}}: pending"),
                Query(
                    'max by (job) (ab_outbox_oldest_seconds{job=~"$service"})',
                    "{{job}}: oldest",
                    unit="s",
                ),
            ),
        ),
        Panel(
            title="Outbox: sent and put off",
            shows="Messages a second that left the outbox, and attempts that failed and wait.",
            good="Only sent.",
            act="Put off: the label says why. Parked ones are among the dead letters.",
            runbook="outbox-stuck",
            queries=(
                Query(rate("ab_outbox_published_total", of='job=~"$service"'), "sent"),
                Query(
                    or_zero(rate("ab_outbox_put_off_total", "error", 'job=~"$service"')),
                    "put off {{error}}",
                ),
                Query(
                    or_zero(rate("ab_outbox_parked_total", "error", 'job=~"$service"')),
                    "parked {{error}}",
                ),
            ),
            unit="ops",
        ),
    ),
)

BROKER = Row(
    "The broker",
    (
        Panel(
            title="Broker links",
            shows="Whether each service reaches the broker (the worst of its links and processes).",
            good="1 everywhere.",
            act="One service: its password, its network. All: the broker.",
            runbook="broker-unreachable",
            queries=(Query("min by (job) (ab_broker_connected)", "{{job}}"),),
            most=1,
            decimals=0,
        ),
        Panel(
            title="Drained by an operator",
            shows="How many processes of each service an operator keeps from their queues.",
            good="0, but for minutes of which somebody knows.",
            act="`ab operator audit` says who and why; `ab operator drain SERVICE --resume`.",
            runbook="queue-has-no-consumer",
            queries=(Query("sum by (job) (ab_drained)", "{{job}}"),),
            decimals=0,
        ),
        Panel(
            title="Broker memory and disk",
            shows="How much of its memory limit the broker uses, and how much of its free disk is"
            " the reserve that it never touches.",
            good="Below 80 % and 50 %. At 100 % it takes nothing from anybody.",
            act="Which queue is deep? Drain it; then more memory or disk.",
            runbook="broker-memory-or-disk",
            queries=(
                Query(
                    "max by (instance) (rabbitmq_process_resident_memory_bytes"
                    " / rabbitmq_resident_memory_limit_bytes)",
                    "memory",
                ),
                Query(
                    "max by (instance) (rabbitmq_disk_space_available_limit_bytes"
                    " / rabbitmq_disk_space_available_bytes)",
                    "disk",
                ),
            ),
            unit="percentunit",
            decimals=0,
            steps=(Step(None, "green"), Step(0.8, "orange"), Step(1, "red")),
        ),
        Panel(
            title="Connections and channels",
            shows="Connections and channels that are open at the broker.",
            good="Flat: each process holds a few.",
            act="Rising: something opens and never closes.",
            runbook="broker-memory-or-disk",
            queries=(
                Query("max(rabbitmq_connections)", "connections"),
                Query("max(rabbitmq_channels)", "channels"),
            ),
            decimals=0,
        ),
    ),
)

BOARD = Board(
    name="queues",
    title="Queues",
    about="What waits between the services, who takes it, and what could not be delivered.",
    rows=(QUEUES, MESSAGES, BROKER),
    variables=(Variable("service", "Service", "ab_build_info", "job"),),
)
