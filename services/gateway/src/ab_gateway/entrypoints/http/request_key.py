"""The Idempotency-Key of a request, as a parameter of routes that make or change something."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header

from ab_gateway.domain.request_keys import parse_request_key


async def _request_key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Names this request for a day: sent again it is answered as it was, and "
            "nothing is done twice. With another body 422, while it is in work 409"
        ),
    ] = None,
) -> str | None:
    return parse_request_key(idempotency_key)


RequestKey = Annotated[str | None, Depends(_request_key)]
