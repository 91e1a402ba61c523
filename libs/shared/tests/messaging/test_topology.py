"""The table of queues and what is derived from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ab_shared.contracts.catalogue import OPERATOR, PARTICIPANTS, ROUTES, SERVICES, Kind, sent_by
from ab_shared.messaging.__main__ import main
from ab_shared.messaging.asyncapi import document
from ab_shared.messaging.definitions import definitions
from ab_shared.messaging.permissions import permission, topic_permissions
from ab_shared.messaging.topology import (
    DEAD,
    EXCHANGES,
    LIVE_HEARERS,
    RETURN,
    RUNGS,
    TOPOLOGY,
    exchange_of,
    work_queue,
)

DEPLOY = Path(__file__).parents[4] / "deploy" / "rabbitmq"


def bound_to(exchange: str, key: str) -> set[str]:
    """Queues that a topic exchange passes a routing key on to."""

    def matches(pattern: str) -> bool:
        words = (
            r"[^.]+" if w == "*" else ".*" if w == "#" else re.escape(w) for w in pattern.split(".")
        )
        return re.fullmatch(r"\.".join(words), key) is not None

    bindings = (b for b in TOPOLOGY.bindings if b.exchange == exchange)
    return {binding.queue for binding in bindings if matches(binding.key)}


def test_each_message_reaches_exactly_its_hearers() -> None:
    for route in ROUTES:
        if route.kind is not Kind.REQUEST:
            live = route.hearers if route.each_process else LIVE_HEARERS
            shared = [s for s in route.hearers if route.kind is Kind.COMMAND or s not in live]
            wanted = {work_queue(route, service) for service in shared}
            assert bound_to(exchange_of(route.kind), route.routing_key) == wanted


def test_each_command_and_each_request_has_one_hearer() -> None:
    for route in ROUTES:
        if route.kind is not Kind.EVENT:
            assert len(route.hearers) == 1


def test_a_queue_begins_with_the_name_of_its_owner() -> None:
    for queue in TOPOLOGY.queues:
        assert queue.name.startswith(f"{queue.service or 'ab.retry'}.")


def test_whatever_leaves_a_queue_has_somewhere_to_go() -> None:
    queues = {queue.name: queue for queue in TOPOLOGY.queues}
    for queue in queues.values():
        exchange = queue.arguments.get("x-dead-letter-exchange")
        if exchange == DEAD:
            key = str(queue.arguments["x-dead-letter-routing-key"])
            assert bound_to(DEAD, key) == {f"{queue.service}.dead"}
            for rung in RUNGS:
                assert bound_to("ab.retry", f"{rung.name}.{key}") == {rung.queue}
                assert bound_to(RETURN, f"{rung.name}.{key}") == {queue.name}
        assert exchange in {None, DEAD, RETURN}


def test_every_queue_is_safe_and_bounded() -> None:
    for queue in TOPOLOGY.queues:
        assert queue.arguments["x-queue-type"] == "quorum"
        assert queue.arguments["x-overflow"] == "reject-publish"
        assert isinstance(queue.arguments["x-max-length"], int)


def test_the_ladder_grows() -> None:
    seconds = [rung.seconds for rung in RUNGS]
    assert seconds == sorted(set(seconds))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_send_exactly_what_the_catalogue_says(service: str) -> None:
    patterns = {topic.exchange: topic.write for topic in topic_permissions(service)}
    for route in ROUTES:
        allowed = re.search(patterns[exchange_of(route.kind)], route.routing_key) is not None
        assert allowed == (service in route.senders)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_queues_and_no_others(service: str) -> None:
    rights = permission(service)
    for queue in TOPOLOGY.queues:
        own = queue.service == service and not queue.name.endswith(".dead")
        assert (re.search(rights.read, queue.name) is not None) == own
        assert re.search(rights.write, queue.name) is None
        assert re.search(rights.configure, queue.name) is None


def test_the_operator_reads_dead_letters_and_sends_them_back_but_takes_no_work() -> None:
    rights = permission(OPERATOR)
    (back,) = (t for t in topic_permissions(OPERATOR) if t.exchange == RETURN)
    for queue in TOPOLOGY.queues:
        dead = queue.name.endswith(".dead")
        work = queue.service is not None and not dead
        assert (re.search(rights.read, queue.name) is not None) == dead
        assert (re.search(back.write, f"replay.{queue.name}") is not None) == work
        assert re.search(rights.write, queue.name) is None
        assert re.search(rights.configure, queue.name) is None
        if work:
            assert bound_to(RETURN, f"replay.{queue.name}") == {queue.name}


@pytest.mark.parametrize("service", PARTICIPANTS)
def test_every_exchange_a_service_reaches_is_guarded_by_routing_key(service: str) -> None:
    rights, guarded = permission(service), {t.exchange for t in topic_permissions(service)}
    for exchange in (*EXCHANGES, "amq.default", "amq.topic"):
        if re.search(rights.write, exchange) or re.search(rights.read, exchange):
            assert exchange in guarded
    assert bool(re.search(rights.write, "ab.events")) == bool(sent_by(service, Kind.EVENT))


def test_definitions_hold_every_password_only_as_a_hash() -> None:
    passwords = {name: f"secret-{name}" for name in PARTICIPANTS}
    found = definitions(passwords, "somewhere")
    assert "secret-" not in json.dumps(found)
    assert {user["name"] for user in found["users"]} == {f"ab-{name}" for name in PARTICIPANTS}
    assert "users" not in definitions()
    with pytest.raises(ValueError, match="no broker password for tts"):
        definitions(passwords | {"tts": ""})


@pytest.mark.parametrize("name", ["definitions", "permissions", "asyncapi"])
def test_the_checked_in_documents_are_not_stale(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 0
    written = (DEPLOY / f"{name}.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == written, (
        f"write it anew: python -m ab_shared.messaging {name} > deploy/rabbitmq/{name}.json"
    )


def test_the_table_for_people_names_every_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue"]) == 0
    printed = capsys.readouterr().out
    for route in ROUTES:
        assert route.routing_key in printed


def test_anything_else_is_refused_with_a_word_of_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dance"]) == 2
    assert "catalogue" in capsys.readouterr().err


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    whole = document()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [ref for value in node.values() for ref in references(value)]
        if isinstance(node, list):
            return [ref for value in node for ref in references(value)]
        return []

    found = references(whole)
    assert len(found) > len(ROUTES)
    for reference in found:
        node = whole
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
