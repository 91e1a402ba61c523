"""What the caller tells of themselves: values, struggle, preferences."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_selves import (
    CurationPreferencesIn,
    KeptCurationPreferencesOut,
    PreferencesIn,
    PreferencesV3,
    SavedOut,
    StruggleIn,
    StruggleOut,
    StruggleSavedOut,
    ValuesIn,
    ValuesOut,
    ValuesSavedOut,
)
from ab_shared.errors import ValidationFailed
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller

router = APIRouter(prefix="/me", tags=["me"])
LONGEST_TAG = 64
IfMatch = Annotated[
    str | None,
    Header(description="The ETag of the preferences this was made from; 409 where they are gone"),
]


@router.get(
    "/values",
    response_model=ValuesOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What do I hold dear?",
)
async def my_values(parts: Behind, caller: KnownCaller) -> Response:
    """Ranked values first, by rank; then the others, as they were sent."""
    return answer(await parts.selves.values(caller))


@router.post(
    "/values",
    response_model=ValuesSavedOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(ValuesIn)},
    summary="Say what I hold dear",
)
async def save_values(request: Request, parts: Behind, caller: InPerson) -> Response:
    """Replaces all values. Where no rank is sent the first three get 1 to 3."""
    return answer(await parts.selves.save_values(caller, await read_body(request, ValuesIn)))


@router.get(
    "/struggle",
    response_model=StruggleOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What stands in my way?",
)
async def my_struggle(parts: Behind, caller: KnownCaller) -> Response:
    """In the listener's own words, or null."""
    return answer(await parts.selves.struggle(caller))


@router.put(
    "/struggle",
    response_model=StruggleSavedOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(StruggleIn)},
    summary="Say what stands in my way",
)
async def save_struggle(request: Request, parts: Behind, caller: InPerson) -> Response:
    """At most 200 characters, trimmed; nothing but blanks is null."""
    return answer(await parts.selves.save_struggle(caller, await read_body(request, StruggleIn)))


@router.get(
    "/preferences",
    response_model=PreferencesV3,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="How do I like to listen?",
)
async def my_preferences(parts: Behind, caller: KnownCaller) -> Response:
    """The defaults for whoever saved none."""
    body, tag = await parts.selves.preferences(caller)
    return answer(body, headers={"ETag": f'"{tag}"'})


@router.put(
    "/preferences",
    response_model=PreferencesV3,
    responses=refusals(400, 401, 403, 409, 413),
    openapi_extra={**secured(), **takes(PreferencesIn)},
    summary="Say how I like to listen",
)
async def save_preferences(
    request: Request, parts: Behind, caller: InPerson, if_match: IfMatch = None
) -> Response:
    """Any version is taken and answered as version 3; what is left out becomes the default.

    The mix and the background are in every playback bundle from now on. The last write stays,
    unless `If-Match` names preferences that are kept no more (409).
    """
    wanted = await read_body(request, PreferencesIn)
    body, tag = await parts.selves.save_preferences(caller, wanted, _tag(if_match))
    return answer(body, headers={"ETag": f'"{tag}"'})


@router.get(
    "/curation/preferences",
    response_model=KeptCurationPreferencesOut,
    responses=refusals(401),
    openapi_extra=secured(),
    summary="What do I want to be shown?",
)
async def my_curation_preferences(parts: Behind, caller: KnownCaller) -> Response:
    """Null where nothing was ever said."""
    return answer(await parts.selves.curation(caller))


@router.post(
    "/curation/preferences",
    response_model=SavedOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(CurationPreferencesIn)},
    summary="Say what I want to be shown",
)
async def save_curation_preferences(request: Request, parts: Behind, caller: InPerson) -> Response:
    """Replaces what was said before."""
    wanted = await read_body(request, CurationPreferencesIn)
    return answer(await parts.selves.save_curation(caller, wanted))


def _tag(if_match: str | None) -> str | None:
    """The tag named, whatever a proxy that compresses made of it; None where any will do."""
    tag = (if_match or "").strip().removeprefix("W/").strip('"').removesuffix("-gzip")
    if tag in {"", "*"}:
        return None
    if len(tag) > LONGEST_TAG:
        raise ValidationFailed("If-Match is not an ETag", details={"If-Match": "is not valid"})
    return tag
