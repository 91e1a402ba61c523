"""What a process serves, worked out from its subscriptions and the catalogue. Knows no broker."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.catalogue import Kind, Route, heard_by, route_of
from ab_shared.messaging.ports import Subscription, Subscriptions
from ab_shared.messaging.topology import is_live, work_queue


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """One queue to consume: who handles what, and how many at once."""

    queue: str
    handlers: dict[str, Subscription]
    prefetch: int


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The queues a process consumes; ``live`` are events that every process hears."""

    work: tuple[WorkPlan, ...]
    live: WorkPlan | None


def plan_for(service: str, subscriptions: Subscriptions) -> ServicePlan:
    """Sorts subscriptions into queues.

    ValueError for what the catalogue doesn't say that ``service`` hears, and for a shared queue of
    events of which some have no handler: those would all become dead letters.
    """
    queues: dict[str, dict[str, Subscription]] = {}
    live: dict[str, Subscription] = {}
    for key in subscriptions.answerers:
        _refuse_unheard(service, key, heard_by(service, Kind.REQUEST))
    for key, subscription in subscriptions.handlers.items():
        route = route_of(subscription.message)
        _refuse_unheard(service, key, heard_by(service, route.kind))
        if is_live(route, service):
            live[key] = subscription
        else:
            queues.setdefault(work_queue(route, service), {})[key] = subscription
    _refuse_gaps(service, queues)
    work = tuple(_plan(name, handlers) for name, handlers in queues.items())
    return ServicePlan(work, _plan(f"{service}.live", live) if live else None)


def _plan(queue: str, handlers: dict[str, Subscription]) -> WorkPlan:
    return WorkPlan(queue, handlers, max(s.prefetch for s in handlers.values()))


def _refuse_unheard(service: str, key: str, heard: tuple[Route, ...]) -> None:
    if key not in {route.routing_key for route in heard}:
        raise ValueError(f"the catalogue does not say that {service} hears {key}")


def _refuse_gaps(service: str, queues: dict[str, dict[str, Subscription]]) -> None:
    for route in heard_by(service, Kind.COMMAND) + heard_by(service, Kind.EVENT):
        handlers = None if is_live(route, service) else queues.get(work_queue(route, service))
        if handlers is not None and route.routing_key not in handlers:
            raise ValueError(f"{service} hears {route.routing_key} but has no handler for it")
