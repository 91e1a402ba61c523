"""HEAD (RFC 9110, 9.3.2): what GET would answer, without its body."""

from __future__ import annotations

from starlette.types import Message, Scope, Send

# A stream would be followed for nobody, and asking for an export begins one.
NOT_LOOKED_AT = ("/events", "/export")


def is_head(scope: Scope) -> bool:
    """Whether a request wants a head and may have it."""
    if scope["type"] != "http" or scope["method"] != "HEAD":
        return False
    return not scope["path"].endswith(NOT_LOOKED_AT)


def as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """The request that is answered instead, and how: the length stays that of the body."""

    async def without_body(message: Message) -> None:
        is_body = message["type"] == "http.response.body"
        await send({**message, "body": b""} if is_body else message)

    return {**scope, "method": "GET"}, without_body
