"""Bytes to messages and back; whatever does not fit its contract is an ``InvalidMessage``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import orjson
from pydantic import ValidationError

from ab_shared.contracts.base import Contract, Message, ReplyT, Request
from ab_shared.contracts.catalogue import BY_KEY, Route
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import (
    AbError,
    FatalError,
    InvalidMessage,
    RemoteFailure,
    error_named,
)
from ab_shared.messaging.headers import ERROR

CONTENT_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it travels: ``error`` names the class that was raised, if one was."""

    body: bytes
    error: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What travels beside the body."""
        return {} if self.error is None else {ERROR: self.error}


def _faults(error: ValidationError) -> list[str]:
    """Where it does not fit, without the values: those may be private."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return [f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in found][:10]


def encode(envelope: Envelope) -> bytes:
    """The envelope as JSON."""
    return envelope.model_dump_json().encode()


def decode(body: bytes) -> Envelope:
    """The envelope in a body."""
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as error:
        raise InvalidMessage("no envelope", details={"faults": _faults(error)}) from None


def message_in(envelope: Envelope) -> Message:
    """The message in an envelope, by its type and version."""
    route = BY_KEY.get(envelope.routing_key)
    if route is None:
        raise InvalidMessage(f"nobody knows {envelope.routing_key}")
    try:
        return route.message.model_validate(envelope.data)
    except ValidationError as error:
        raise InvalidMessage(
            f"no {envelope.routing_key}", details={"faults": _faults(error)}
        ) from None


def route_for(envelope: Envelope, service: str) -> Route:
    """The route of a message that ``service`` wants to send; refused if it may not send it."""
    route = BY_KEY.get(envelope.routing_key)
    if route is None or service not in route.senders:
        raise InvalidMessage(f"{service} may not send {envelope.routing_key}")
    return route


def encode_answer(answer: Contract, request: type[Request[Any]]) -> Reply:
    """An answer that fits its request."""
    if not isinstance(answer, request.reply_type):
        raise TypeError(f"{request.routing_key} answered with a {type(answer).__name__}")
    return Reply(answer.model_dump_json().encode())


def encode_error(error: Exception, request: str) -> Reply:
    """An error as the caller may see it: of what has no name it learns only that it failed."""
    if not isinstance(error, AbError) or isinstance(error, FatalError):
        error = RemoteFailure(f"{request} failed")
    body = {"code": error.code, "message": error.message, "details": error.details}
    return Reply(orjson.dumps(body), type(error).__name__)


def decode_reply(request: Request[ReplyT], body: bytes, headers: Mapping[str, Any]) -> ReplyT:
    """The answer in a reply; raises the error that is in it instead."""
    name = headers.get(ERROR)
    if name is not None:
        raise _error_in(str(name), body)
    try:
        return cast("ReplyT", request.reply_type.model_validate_json(body))
    except ValidationError as error:
        raise InvalidMessage(
            f"no answer to {request.routing_key}", details={"faults": _faults(error)}
        ) from None


def _error_in(name: str, body: bytes) -> AbError:
    try:
        said = orjson.loads(body)
        return error_named(name)(str(said["message"]), details=dict(said["details"]))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return RemoteFailure("an error that cannot be read")
