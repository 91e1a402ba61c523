"""The catalogue as an AsyncAPI 3 document (https://www.asyncapi.com/docs/reference)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from ab_shared.contracts.base import Contract, Request
from ab_shared.contracts.catalogue import ROUTES, Kind, Route
from ab_shared.contracts.envelope import Envelope
from ab_shared.messaging.topology import exchange_of, rpc_queue, work_queue

REF = "#/components/schemas/{model}"


def _reply_type(route: Route) -> type[Contract] | None:
    return route.message.reply_type if issubclass(route.message, Request) else None


def _models() -> list[type[Contract]]:
    models: dict[str, type[Contract]] = {"Envelope": Envelope}
    for route in ROUTES:
        models[route.message.__name__] = route.message
        if (reply := _reply_type(route)) is not None:
            models[reply.__name__] = reply
    return [models[name] for name in sorted(models)]


def _schemas() -> dict[str, Any]:
    pairs: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in _models()
    ]
    _, document = models_json_schema(pairs, ref_template=REF)
    return dict(document["$defs"])


def _channel(route: Route) -> dict[str, Any]:
    request = route.kind is Kind.REQUEST
    queues = [rpc_queue(s) if request else work_queue(route, s) for s in route.hearers]
    name = route.message.__name__
    messages = {name: {"$ref": f"#/components/messages/{name}"}}
    if (reply := _reply_type(route)) is not None:
        messages[reply.__name__] = {"$ref": f"#/components/messages/{reply.__name__}"}
    return {
        "address": route.routing_key,
        "description": f"{', '.join(route.senders)} → {', '.join(route.hearers)}"
        f" ({', '.join(queues)})",
        "messages": messages,
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": exchange_of(route.kind), "type": "topic", "durable": True},
            }
        },
    }


def _operations(route: Route) -> dict[str, Any]:
    key = route.routing_key
    channel = {"$ref": f"#/channels/{key}"}
    reply = _reply_type(route)
    answered = (
        {
            "reply": {
                "channel": channel,
                "messages": [{"$ref": f"#/channels/{key}/messages/{reply.__name__}"}],
            }
        }
        if reply
        else {}
    )
    said = {
        "channel": channel,
        "messages": [{"$ref": f"#/channels/{key}/messages/{route.message.__name__}"}],
        "summary": (route.message.__doc__ or "").partition("\n")[0],
        **answered,
    }
    sends = {f"{service}.send.{key}": {"action": "send", **said} for service in route.senders}
    hears = {f"{service}.receive.{key}": {"action": "receive", **said} for service in route.hearers}
    return sends | hears


def _messages() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for route in ROUTES:
        name = route.message.__name__
        found[name] = {
            "name": route.routing_key,
            "summary": (route.message.__doc__ or "").partition("\n")[0],
            "contentType": "application/json",
            "payload": {
                "allOf": [
                    {"$ref": REF.format(model="Envelope")},
                    {"properties": {"data": {"$ref": REF.format(model=name)}}},
                ]
            },
        }
        if (reply := _reply_type(route)) is not None:
            found[reply.__name__] = {
                "name": reply.__name__,
                "contentType": "application/json",
                "payload": {"$ref": REF.format(model=reply.__name__)},
            }
    return found


def document() -> dict[str, Any]:
    """The whole document; the same each time."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Affirmation Beats messages",
            "version": "1",
            "description": "Every message between the services. The version of a message is in its"
            " address; readers ignore fields they do not know.",
        },
        "defaultContentType": "application/json",
        "channels": {route.routing_key: _channel(route) for route in ROUTES},
        "operations": {k: v for route in ROUTES for k, v in _operations(route).items()},
        "components": {"messages": _messages(), "schemas": _schemas()},
    }
