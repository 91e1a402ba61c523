"""What each service's user may do on the broker: nothing that the catalogue doesn't say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ab_shared.contracts.catalogue import OPERATOR, SERVICES, Kind, Route, heard_by, sent_by
from ab_shared.contracts.envelope import split_routing_key
from ab_shared.messaging.topology import (
    COMMANDS,
    DEAD,
    EVENTS,
    LIVE_HEARERS,
    REPLAY,
    REPLIES,
    RETRY,
    RETURN,
    RPC,
    TOPOLOGY,
    Topology,
    dead_queue,
    is_live,
    outbox_place,
    rpc_queue,
    shelf_lock,
)

NOTHING = "^$"


@dataclass(frozen=True, slots=True)
class Permission:
    """Regular expressions of resource names, as RabbitMQ checks them."""

    configure: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class TopicPermission:
    """Regular expressions of routing keys on one exchange."""

    exchange: str
    write: str = NOTHING
    read: str = NOTHING


def user_of(service: str) -> str:
    """The name under which a service signs in."""
    return f"ab-{service}"


def _any(patterns: Iterable[str]) -> str:
    unique = sorted(set(patterns))
    return f"^({'|'.join(unique)})$" if unique else NOTHING


def _keys(routing_keys: Iterable[str]) -> str:
    """These messages in any version, so that a new version needs no new permission."""
    names = {split_routing_key(key)[0] for key in routing_keys}
    return _any(rf"{re.escape(name)}\.v[0-9]+" for name in names)


def _live(service: str) -> tuple[Route, ...]:
    return tuple(r for r in heard_by(service, Kind.EVENT) if is_live(r, service))


def _own_queues(service: str) -> tuple[str, ...]:
    """Queues that a process makes for itself."""
    own = [rf"{service}\.replies\..+"]
    if heard_by(service, Kind.REQUEST):
        own.append(re.escape(rpc_queue(service)))
    if service == OPERATOR:
        own += [re.escape(shelf_lock(name)) for name in SERVICES]
    if _live(service):
        own.append(rf"{service}\.live\..+")
    return tuple(own)


def _work_queues(service: str, topology: Topology) -> tuple[str, ...]:
    # Dead letters are for people: no service reads its own.
    names = (q.name for q in topology.queues if q.service == service)
    return tuple(re.escape(name) for name in names if name != dead_queue(service))


def _replayed(topology: Topology) -> str:
    """The way back of a dead letter: to the one queue it came from, not to everybody again."""
    every = [name for service in SERVICES for name in _work_queues(service, topology)]
    return rf"^{REPLAY}\.({'|'.join(every)})$"


def _outbox(service: str) -> tuple[str, ...]:
    """The address of what can never be sent; the gateway, without a database, has none."""
    return (re.escape(outbox_place(service)),) if service in set(SERVICES) - LIVE_HEARERS else ()


def _dead_queues(service: str) -> tuple[str, ...]:
    return tuple(re.escape(dead_queue(s)) for s in SERVICES) if service == OPERATOR else ()


def _callers(service: str) -> tuple[str, ...]:
    return tuple(sender for route in heard_by(service, Kind.REQUEST) for sender in route.senders)


def topic_permissions(service: str, topology: Topology = TOPOLOGY) -> tuple[TopicPermission, ...]:
    """Routing keys that a service may send, and those it may bind a queue to."""

    def sent(kind: Kind) -> str:
        return _keys(route.routing_key for route in sent_by(service, kind))

    rungs = "|".join(rung.name for rung in topology.rungs)
    work = "|".join(_work_queues(service, topology))
    moving = bool(work)
    aside = "|".join([*_work_queues(service, topology), *_outbox(service)])
    return (
        TopicPermission(COMMANDS, sent(Kind.COMMAND)),
        TopicPermission(EVENTS, sent(Kind.EVENT), _keys(r.routing_key for r in _live(service))),
        TopicPermission(
            RPC,
            sent(Kind.REQUEST),
            _keys(route.routing_key for route in heard_by(service, Kind.REQUEST)),
        ),
        TopicPermission(
            REPLIES,
            _any(rf"{caller}\.replies\..+" for caller in _callers(service)),
            rf"^{service}\.replies\..+$",
        ),
        TopicPermission(RETRY, rf"^({rungs})\.({work})$" if moving else NOTHING),
        TopicPermission(DEAD, rf"^({aside})$" if aside else NOTHING),
        *([TopicPermission(RETURN, _replayed(topology))] if service == OPERATOR else []),
    )


def permission(service: str, topology: Topology = TOPOLOGY) -> Permission:
    """Queues and exchanges that a service may make, send to and read from."""
    topics = topic_permissions(service, topology)
    own = _own_queues(service)
    writable = (re.escape(t.exchange) for t in topics if t.write != NOTHING)
    readable = (re.escape(t.exchange) for t in topics if t.read != NOTHING)
    return Permission(
        configure=_any(own),
        write=_any((*own, *writable)),
        read=_any((*own, *_work_queues(service, topology), *_dead_queues(service), *readable)),
    )
