"""What may be kept offline: mixdowns and the manifest of a session's files."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_mixdowns import DownloadOut, MixdownIn, MixdownOut
from ab_shared.errors import AudioNotReady, EntitlementRequired
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import (
    NO_STORE,
    answer,
    parse_session_id,
    read_body,
    text_of,
)
from ab_gateway.entrypoints.http.documents import refusals, secured, takes, unchanged
from ab_gateway.entrypoints.http.parts import Behind, InPerson, KnownCaller
from ab_gateway.entrypoints.http.polling import look_again
from ab_gateway.entrypoints.http.request_key import RequestKey

# A version has 16 digits; whatever else is sent is a version that nobody remembers.
MAX_VERSION_LENGTH = 64
router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"])


@router.post(
    "/mixdown",
    response_model=MixdownOut,
    responses=refusals(400, 401, 403, EntitlementRequired, 404, AudioNotReady, 409, 413, 422),
    openapi_extra={**secured(), **takes(MixdownIn)},
    summary="Make an offline file",
)
async def mixdown(
    request: Request, parts: Behind, caller: InPerson, session_id: str, key: RequestKey
) -> Response:
    """Loops the voice over its beds for 5 to 180 minutes; Pro only (``ENTITLEMENT_REQUIRED``).

    Spends no generation. The same wish again is the same file: ready at once, or the one live
    job, which ``/jobs`` reads, watches and cancels like any other. The file is then part of the
    download manifest.
    """
    session = parse_session_id(session_id)
    wanted = await read_body(request, MixdownIn)
    state = await parts.keep_offline.mixdown(caller, session, wanted, key)
    return answer(state, headers=look_again(pending=state.job_id is not None))


@router.get(
    "/download",
    response_model=DownloadOut,
    responses={**unchanged(), **refusals(400, 401, 403, EntitlementRequired, 404, AudioNotReady)},
    openapi_extra=secured(),
    summary="List the files to keep offline",
)
async def download(
    parts: Behind,
    caller: KnownCaller,
    session_id: str,
    since: Annotated[
        str | None,
        Query(max_length=MAX_VERSION_LENGTH, description="A `version` held already: changes only"),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(description="The ETag of a manifest whose files are held already")
    ] = None,
) -> Response:
    """Track, stems and finished mixdowns with signed URLs; Pro only (``ENTITLEMENT_REQUIRED``).

    The strong ETag covers files and licence and leaves out URLs, which are signed for each answer.
    A `since` that nobody remembers answers everything. Files take Range requests, so that a
    download can go on where it stopped; compare `sha256` at its end.
    """
    session, known = parse_session_id(session_id), text_of(since, "since")
    manifest = await parts.keep_offline.manifest(caller, session, known)
    headers = {"ETag": manifest.etag}
    if if_none_match is not None and _names(if_none_match, manifest.etag):
        return Response(status_code=304, headers={**NO_STORE, **headers})
    return answer(manifest.body, headers=headers)


def _names(if_none_match: str, etag: str) -> bool:
    """Whether it holds this tag; a proxy that compresses may have made it a weak one."""
    held = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in {etag, "*"} for one in held)
