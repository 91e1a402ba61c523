"""Bodies in and out: JSON read once by its model, written straight by its model."""

from __future__ import annotations

import re
from typing import Any, TypeVar
from uuid import UUID

from ab_shared.contracts.http import ApiModel
from ab_shared.errors import InvalidSessionId, ValidationFailed
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

ModelT = TypeVar("ModelT", bound=BaseModel)
NO_STORE = {"Cache-Control": "no-store"}
UUID_SHAPE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
JSON_TYPE = re.compile(r"application/([a-z0-9.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
MAX_COMPLAINTS = 20


def answer(body: ApiModel, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A personal answer: JSON that nobody may store."""
    return Response(
        body.model_dump_json(),
        status_code=status,
        media_type="application/json",
        headers={**NO_STORE, **(headers or {})},
    )


async def read_body(request: Request, model: type[ModelT]) -> ModelT:
    """The body as ``model``; ValidationFailed names each wrong field and repeats no value."""
    content_type = request.headers.get("content-type")
    if content_type is not None and not JSON_TYPE.fullmatch(content_type.strip()):
        wanted = {"Content-Type": "must be application/json"}
        raise ValidationFailed("The body must be JSON", details=wanted)
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        raise ValidationFailed("Some fields are not valid", details=complaints(error)) from None


def complaints(error: ValidationError) -> dict[str, Any]:
    """Field → what is wrong with it, for the first twenty."""
    rows = error.errors(include_url=False, include_input=False, include_context=False)
    named = {_path(row["loc"]): _plain(row["type"], row["msg"]) for row in rows[:MAX_COMPLAINTS]}
    return dict(named)


def _path(location: tuple[int | str, ...]) -> str:
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".") or "body"


def _plain(kind: str, message: str) -> str:
    if kind == "json_invalid":
        return "must be valid JSON"
    if kind == "missing":
        return "is missing"
    return message.removeprefix("Value error, ")


def parse_session_id(text: str) -> UUID:
    """A session id out of a path; catalogue ids are UUID-shaped, not all RFC variants."""
    if not UUID_SHAPE.fullmatch(text):
        raise InvalidSessionId("The session id is not a UUID")
    return UUID(text)


def parse_job_id(text: str) -> UUID:
    """A job id out of a path."""
    if not UUID_SHAPE.fullmatch(text):
        raise ValidationFailed("The job id is not a UUID", details={"jobId": "must be a UUID"})
    return UUID(text)
