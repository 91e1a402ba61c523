"""Bodies in and out: JSON read once by its model, written straight by its model."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any, TypeVar
from uuid import UUID

from ab_shared.contracts.http import ApiModel
from ab_shared.errors import InvalidSessionId, ValidationFailed
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ab_gateway.domain.rendered import Rendered
from ab_gateway.entrypoints.http.json_bombs import refuse_bombs
from ab_gateway.entrypoints.http.wording import complaints

ModelT = TypeVar("ModelT", bound=BaseModel)
NO_STORE = {"Cache-Control": "no-store"}
PERSONAL_JSON = [(b"cache-control", b"no-store"), (b"content-type", b"application/json")]
UUID_SHAPE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
JSON_TYPE = re.compile(r"application/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)


class ReadyAnswer:
    """A personal answer whose bytes are there already: what ``answer`` makes, at a third of it."""

    __slots__ = ("_body", "_headers")

    def __init__(self, body: bytes, etag: str | None = None) -> None:
        self._body = body
        length = str(len(body)).encode()
        self._headers = [*PERSONAL_JSON, (b"content-length", length)]
        if etag is not None:
            self._headers.append((b"etag", etag.encode()))

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Sends it."""
        start = {"type": "http.response.start", "status": 200, "headers": self._headers}
        await send(start)
        await send({"type": "http.response.body", "body": self._body})


def answer(
    body: ApiModel | Rendered, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A personal answer: JSON that nobody may store; the door makes its ETag a 304."""
    tagged = {"ETag": body.etag} if isinstance(body, Rendered) else {}
    return Response(
        body.body if isinstance(body, Rendered) else body.model_dump_json(),
        status_code=status,
        media_type="application/json",
        headers={**NO_STORE, **tagged, **(headers or {})},
    )


async def read_body(request: Request, model: type[ModelT]) -> ModelT:
    """The body as ``model``; ValidationFailed names each wrong field and repeats no value."""
    content_type = request.headers.get("content-type")
    if content_type is not None and not JSON_TYPE.fullmatch(content_type.strip()):
        wanted = {"Content-Type": "must be application/json"}
        raise ValidationFailed("The body must be JSON", details=wanted)
    body = await request.body()
    refuse_bombs(body)
    try:
        return _strictly(body, model)
    except ValidationError as error:
        rows = error.errors(include_url=False, include_input=False, include_context=False)
        raise ValidationFailed("Some fields are not valid", details=complaints(rows)) from None


def _strictly(body: bytes, model: type[ModelT]) -> ModelT:
    # Names as Python has them are unknown fields: one field has one name on the wire.
    # Strict: true is no 1 and "5" no 5, whatever field it is.
    try:
        return model.model_validate_json(body, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        if not any(row["type"] == "int_type" for row in error.errors(include_url=False)):
            raise
    # In JSON 4.0 is the whole number 4; some languages write it so.
    whole = json.dumps(_whole(json.loads(body)))
    return model.model_validate_json(whole, strict=True, by_alias=True, by_name=False)


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(held) for name, held in value.items()}
    if isinstance(value, list):
        return [_whole(held) for held in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


async def read_wish(request: Request, model: type[ModelT]) -> ModelT:
    """The body as ``model``, which may be left out whole: it has nothing that must be said."""
    return await read_body(request, model) if await request.body() else model()


def parse_session_id(text: str) -> UUID:
    """A session id out of a path; catalogue ids are UUID-shaped, not all RFC variants."""
    if not UUID_SHAPE.fullmatch(text):
        raise InvalidSessionId("The session id is not a UUID")
    return UUID(text)


def text_of(sent: str | None, name: str) -> str | None:
    """A text out of a query that can be looked up; nothing where there is none in it."""
    if sent is not None and any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in sent):
        raise ValidationFailed(
            "Some parameters are not valid", details={name: "must not contain control characters"}
        )
    return sent or None


def parse_device_id(text: str) -> UUID:
    """The id of a device out of a path."""
    if not UUID_SHAPE.fullmatch(text):
        raise ValidationFailed("The device's id is not a UUID", details={"id": "must be a UUID"})
    return UUID(text)


def parse_share_id(text: str) -> UUID:
    """The id of a link out of a path."""
    if not UUID_SHAPE.fullmatch(text):
        raise ValidationFailed("The link's id is not a UUID", details={"shareId": "must be a UUID"})
    return UUID(text)


def parse_item_id(text: str) -> UUID:
    """The id of a checked text out of a path."""
    if not UUID_SHAPE.fullmatch(text):
        raise ValidationFailed("The text's id is not a UUID", details={"itemId": "must be a UUID"})
    return UUID(text)


def parse_job_id(text: str) -> UUID:
    """A job id out of a path."""
    if not UUID_SHAPE.fullmatch(text):
        raise ValidationFailed("The job id is not a UUID", details={"jobId": "must be a UUID"})
    return UUID(text)
