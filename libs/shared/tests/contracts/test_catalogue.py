"""Broker rights are derived from this table: a wrong row opens a door or closes one."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest
from ab_shared import contracts
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.base import Command, Event, Message, Request
from ab_shared.contracts.catalogue import (
    BY_KEY,
    PARTICIPANTS,
    ROUTES,
    SERVICES,
    Kind,
    Route,
    heard_by,
    route_of,
    sent_by,
)
from ab_shared.contracts.draining import DrainTold
from ab_shared.contracts.envelope import split_routing_key
from ab_shared.contracts.privacy import Erased

KINDS = {Kind.COMMAND: Command, Kind.EVENT: Event, Kind.REQUEST: Request}
# Deeds and reports: whoever did it tells it.
SAID_BY_MANY: dict[type[Message], str] = {
    AuditRecorded: "audit",
    DrainTold: "drain",
    Erased: "privacy",
}


def key_of(route: Route) -> str:
    return route.routing_key


def messages() -> set[type[Message]]:
    """Every message class that says where it goes."""
    modules = [
        import_module(f"{contracts.__name__}.{found.name}")
        for found in iter_modules(contracts.__path__)
    ]
    found = {
        cls
        for module in modules
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, Message) and "routing_key" in vars(cls)
    }
    assert found
    return found


def test_every_message_has_one_route() -> None:
    assert {route.message for route in ROUTES} == messages()
    assert len(ROUTES) == len({route.message for route in ROUTES})


def test_every_address_is_used_once() -> None:
    assert len(BY_KEY) == len(ROUTES) == len({route.routing_key for route in ROUTES})


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_route_joins_services(route: Route) -> None:
    assert set(route.senders) <= set(PARTICIPANTS)
    # An operator has no queue that is there without them.
    hearers = PARTICIPANTS if route.each_process else SERVICES
    assert set(route.hearers) <= set(hearers)
    for side in (route.senders, route.hearers):
        assert len(side) == len(set(side))
    # A service may leave work to itself, on its queue and its ladder; nothing else.
    if route.kind is not Kind.COMMAND:
        assert not set(route.senders) & set(route.hearers) or route.message is AuditRecorded


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_what_asks_for_something_has_one_hearer(route: Route) -> None:
    assert route.senders
    if route.kind is not Kind.EVENT:
        assert len(route.hearers) == 1
    elif route.message not in SAID_BY_MANY:
        assert len(route.senders) == 1


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_an_address_begins_with_the_service_that_owns_it(route: Route) -> None:
    name, version = split_routing_key(route.routing_key)
    if route.message in SAID_BY_MANY:  # everybody's event has a first word of its own
        owner = SAID_BY_MANY[route.message]
    else:
        (owner,) = route.senders if route.kind is Kind.EVENT else route.hearers
    assert name.split(".")[0] == owner
    assert version >= 1


@pytest.mark.parametrize("route", ROUTES, ids=key_of)
def test_a_route_is_of_the_kind_of_its_class(route: Route) -> None:
    assert issubclass(route.message, KINDS[route.kind])
    assert route_of(route.message) is route


def test_both_ends_see_the_same_table() -> None:
    heard = {(s, r.routing_key) for s in PARTICIPANTS for k in Kind for r in heard_by(s, k)}
    sent = {(s, r.routing_key) for s in PARTICIPANTS for k in Kind for r in sent_by(s, k)}
    assert heard == {(s, r.routing_key) for r in ROUTES for s in r.hearers}
    assert sent == {(s, r.routing_key) for r in ROUTES for s in r.senders}
    assert {r.kind for r in heard_by("session", Kind.EVENT)} == {Kind.EVENT}


def test_a_message_that_is_not_in_the_table_has_no_route() -> None:
    class Stray(Event):
        routing_key = "auth.stray.v1"

    with pytest.raises(KeyError):
        route_of(Stray)
