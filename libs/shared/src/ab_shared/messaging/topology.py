"""The one table of exchanges, queues and bindings, derived from the catalogue of messages.

Arguments of a queue can't be changed once it exists: a queue that needs others needs a new name.
They hold on RabbitMQ 3.10 and on 4.x.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ab_shared.contracts.catalogue import OPERATOR, ROUTES, SERVICES, Kind, Route
from ab_shared.contracts.envelope import split_routing_key

COMMANDS = "ab.commands"
EVENTS = "ab.events"
RPC = "ab.rpc"
REPLIES = "ab.replies"
DEAD = "ab.dead"
RETRY = "ab.retry"
RETURN = "ab.return"
EXCHANGES = (COMMANDS, EVENTS, RPC, REPLIES, DEAD, RETRY, RETURN)
"""All are durable topic exchanges: only those know permissions by routing key."""

REPLAY = "replay"
"""Stands where a rung's name stands on the way back of a dead letter: ``replay.tts.synthesize``."""

LIVE_HEARERS = frozenset({"gateway"})
"""Services of which every process hears every event, on a queue that dies with the process."""


def is_live(route: Route, service: str) -> bool:
    """Whether every process of ``service`` hears it, on a queue that dies with the process."""
    return route.kind is Kind.EVENT and (route.each_process or service in LIVE_HEARERS)


MAX_WAITING = 100_000
MAX_WAITING_LIVE = 10_000
# A message that kills its process is counted by the broker alone: nobody is left to move it.
MAX_REDELIVERIES = 10
# Looking at a dead letter and putting it back counts as a delivery; RabbitMQ 4 would drop it after
# 20 looks by default, and no number that both 3.10 and 4.x take means "never".
MAX_LOOKS = 1_000_000_000
# Twice the longest request: what is older has no caller.
RPC_QUEUE_EXPIRES_MS = 30_000

Argument = str | int | bool


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the retry ladder: the messages of a rung all wait equally long."""

    name: str
    seconds: float

    @property
    def queue(self) -> str:
        """The queue in which messages wait."""
        return f"{RETRY}.{self.name}"


# One queue per delay: in a queue of mixed delays a long one blocks the short ones behind it.
RUNGS = (Rung("1s", 1), Rung("5s", 5), Rung("30s", 30), Rung("2m", 120), Rung("10m", 600))


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue. ``service`` owns it; None for what all share."""

    name: str
    service: str | None
    arguments: Mapping[str, Argument] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Binding:
    """What an exchange passes on to a queue."""

    exchange: str
    key: str
    queue: str


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that stands on the broker before any service starts."""

    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    rungs: tuple[Rung, ...] = RUNGS


def exchange_of(kind: Kind) -> str:
    """The exchange on which messages of a kind travel."""
    return {Kind.COMMAND: COMMANDS, Kind.EVENT: EVENTS, Kind.REQUEST: RPC}[kind]


def work_queue(route: Route, service: str) -> str:
    """The queue on which ``service`` hears a command or an event: ``tts.synthesize``."""
    if route.kind is Kind.COMMAND:
        return split_routing_key(route.routing_key)[0]
    return f"{service}.events"


def dead_queue(service: str) -> str:
    """Where the messages that a service could not handle end."""
    return f"{service}.dead"


def outbox_place(service: str) -> str:
    """Where a message came from that never left its service; the address of its dead letter."""
    return f"{service}.outbox"


def shelf_lock(service: str) -> str:
    """An empty queue that belongs to whoever looks at the dead letters of a service."""
    return f"{OPERATOR}.shelf.{service}"


def rpc_queue(service: str) -> str:
    """The queue a service's processes share for requests.

    The first process makes it and it goes with the last one, so that a request without a server
    comes back at once.
    """
    return f"{service}.rpc"


def replies_queue(service: str, instance: str) -> str:
    """The queue, and the routing key, of one process's answers."""
    return f"{service}.replies.{instance}"


def live_queue(service: str, instance: str) -> str:
    """The queue on which one process hears all events."""
    return f"{service}.live.{instance}"


RPC_ARGUMENTS: Mapping[str, Argument] = {
    "x-expires": RPC_QUEUE_EXPIRES_MS,
    "x-max-length": MAX_WAITING_LIVE,
    "x-overflow": "reject-publish",
}
LIVE_ARGUMENTS: Mapping[str, Argument] = {
    "x-max-length": MAX_WAITING_LIVE,
    "x-overflow": "drop-head",
}


def _durable(**more: Argument) -> dict[str, Argument]:
    return {
        "x-queue-type": "quorum",
        "x-max-length": MAX_WAITING,
        # A full queue refuses: the outbox keeps what does not fit, drop-head would lose it.
        "x-overflow": "reject-publish",
        **{f"x-{name.replace('_', '-')}": value for name, value in more.items()},
    }


def _work(name: str, service: str) -> Queue:
    arguments = _durable(
        delivery_limit=MAX_REDELIVERIES,
        dead_letter_exchange=DEAD,
        dead_letter_routing_key=name,
        dead_letter_strategy="at-least-once",
    )
    return Queue(name, service, arguments)


def _dead(service: str) -> Queue:
    return Queue(dead_queue(service), service, _durable(delivery_limit=MAX_LOOKS))


def _rung(rung: Rung) -> Queue:
    arguments = _durable(
        message_ttl=int(rung.seconds * 1000),
        dead_letter_exchange=RETURN,
        dead_letter_strategy="at-least-once",
    )
    return Queue(rung.queue, None, arguments)


def _heard(routes: Iterable[Route]) -> Iterable[tuple[Route, str]]:
    for route in routes:
        if route.kind is not Kind.REQUEST:
            for service in route.hearers:
                if not is_live(route, service):
                    yield route, service


def topology(routes: Iterable[Route] = ROUTES, rungs: tuple[Rung, ...] = RUNGS) -> Topology:
    """Derives queues and bindings from the catalogue."""
    queues: dict[str, Queue] = {}
    bindings: list[Binding] = []
    for route, service in _heard(routes):
        name = work_queue(route, service)
        if name not in queues:
            queues[name] = _work(name, service)
            # On the ladder a message keeps its routing key, rung.queue: the way back is a binding.
            bindings.append(Binding(RETURN, f"*.{name}", name))
        bindings.append(Binding(exchange_of(route.kind), route.routing_key, name))
    for service in SERVICES:
        queues[dead_queue(service)] = _dead(service)
        bindings.append(Binding(DEAD, f"{service}.#", dead_queue(service)))
    for rung in rungs:
        queues[rung.queue] = _rung(rung)
        bindings.append(Binding(RETRY, f"{rung.name}.#", rung.queue))
    return Topology(tuple(queues.values()), tuple(bindings), rungs)


TOPOLOGY = topology()
