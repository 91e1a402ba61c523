"""Bodies in which somebody may speak of self-harm: no other mistake in them hides the help."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from ab_shared.contracts.caring import LONGEST_TEXT, MOST_TEXTS
from ab_shared.errors import ValidationFailed
from starlette.requests import Request

from ab_gateway.domain.identity import Identity
from ab_gateway.entrypoints.http.parts import parts_of

DEEPEST = 6
LONGEST_ZONE = 64
# To look at more would take the session service longer than anybody waits.
MOST_SIGNS = 30_000


@asynccontextmanager
async def caring(request: Request, caller: Identity) -> AsyncIterator[None]:
    """Whatever is refused inside as not valid is refused with help, where the body calls for it.

    What has help already gets that of the place that ``X-Timezone`` names, if the profile names
    none.
    """
    try:
        yield
    except ValidationFailed as refused:
        zone = zone_of(request)
        if "help" in refused.details and zone is None:
            raise
        texts = texts_in(await request.body())
        raise await parts_of(request).look_for_care(caller, refused, texts, zone) from None


def zone_of(request: Request) -> str | None:
    """What ``X-Timezone`` says; nothing where that could be no zone."""
    zone = request.headers.get("x-timezone", "").strip()
    return zone if 0 < len(zone) <= LONGEST_ZONE else None


def texts_in(body: bytes) -> list[str]:
    """The texts in a JSON body, whatever else it is: none of its names, and no more than is read.

    A field that is named twice is looked at twice.
    """
    try:
        sent = json.loads(body, object_pairs_hook=_values, parse_int=_nothing, parse_float=_nothing)
    except (ValueError, RecursionError):
        return []
    found: list[str] = []
    room = MOST_SIGNS
    for text in _texts(sent, DEEPEST):
        # Half a surrogate pair is no text, and could not be sent on.
        shown = text[: min(LONGEST_TEXT, room)].encode("utf-8", "ignore").decode()
        if shown.strip():
            found.append(shown)
            room -= len(shown)
        if len(found) == MOST_TEXTS or not room:
            break
    return found


def _values(pairs: list[tuple[str, object]]) -> list[object]:
    return [value for _, value in pairs]


def _nothing(_digits: str) -> None:
    return None


def _texts(sent: object, depth: int) -> Iterator[str]:
    if isinstance(sent, str):
        yield sent
    elif isinstance(sent, list) and depth:
        for value in sent:
            yield from _texts(value, depth - 1)
