"""Nothing that operators or administrators can do goes without an entry in the trail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ab_shared.contracts.base import Request
from ab_shared.contracts.catalogue import BY_KEY, OPERATOR, Kind, sent_by
from ab_shared.contracts.deeds import DEEDS, LOOKS

SERVICES = Path(__file__).parents[4] / "services"
OPERATORS = {route.routing_key for kind in Kind for route in sent_by(OPERATOR, kind)}
GATEWAY = {route.routing_key for route in sent_by("gateway", Kind.REQUEST)}


def test_every_request_of_an_operator_is_a_look_or_a_deed() -> None:
    # The trail itself, and what many processes hear: the command line writes that entry itself.
    events = {route.routing_key for route in sent_by(OPERATOR, Kind.EVENT)}
    assert OPERATORS - events <= DEEDS.keys() | LOOKS
    assert events == {"audit.recorded.v1", "operator.log_level_set.v1", "operator.drain_set.v1"}
    assert LOOKS <= OPERATORS
    # What only administrators do, over HTTP, is nothing that the command line may send.
    assert DEEDS.keys() - OPERATORS <= GATEWAY
    assert not DEEDS.keys() & LOOKS


@pytest.mark.parametrize(
    "key",
    sorted(
        key
        for key, route in BY_KEY.items()
        if issubclass(route.message, Request) and "actor_kind" in route.message.model_fields
    ),
)
def test_whatever_an_administrator_does_is_a_deed_too(key: str) -> None:
    assert key in DEEDS


@pytest.mark.parametrize("key", sorted(DEEDS))
def test_a_deed_says_who_does_it(key: str) -> None:
    assert "actor" in BY_KEY[key].message.model_fields


@pytest.mark.parametrize(("key", "action"), sorted(DEEDS.items()))
def test_a_deed_s_entry_is_written_by_the_service_that_does_it(key: str, action: str) -> None:
    (owner,) = BY_KEY[key].hearers
    written = f'"{action}"'
    source = (SERVICES / owner / "src").rglob("*.py")
    assert any(written in file.read_text(encoding="utf-8") for file in source)
    # And some test of that service sees it.
    tests = (SERVICES / owner / "tests").rglob("test_*.py")
    seen = [file for file in tests if written in file.read_text(encoding="utf-8")]
    assert seen, f"no test of {owner} looks for {action}"


@pytest.mark.parametrize("action", sorted(set(DEEDS.values())))
def test_an_action_is_a_verb_behind_what_it_is_about(action: str) -> None:
    assert re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", action)
