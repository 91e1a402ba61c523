"""Help with writing."""

from __future__ import annotations

from ab_shared.contracts.http_affirmations import AffirmationsOut, TitleOut, TitleWishIn, WishIn
from fastapi import APIRouter, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.caring import caring, zone_of
from ab_gateway.entrypoints.http.documents import refusals, secured, takes
from ab_gateway.entrypoints.http.parts import Behind, KnownCaller

router = APIRouter(prefix="/affirmations", tags=["affirmations"])


@router.post(
    "/generate",
    response_model=AffirmationsOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(WishIn)},
    summary="Write affirmations",
)
async def generate(request: Request, parts: Behind, caller: KnownCaller) -> Response:
    """Lines towards a goal: first person, present tense, 5 to 12 words, other ones each time.

    Five requests a minute. Nothing is kept: make a session of what is liked.
    """
    async with caring(request, caller):
        wish = await read_body(request, WishIn)
        return answer(await parts.write_affirmations(caller, wish, zone_of(request)))


@router.post(
    "/suggest-title",
    response_model=TitleOut,
    responses=refusals(400, 401, 403, 413),
    openapi_extra={**secured(), **takes(TitleWishIn)},
    summary="Suggest a title",
)
async def suggest_title(request: Request, parts: Behind, caller: KnownCaller) -> Response:
    """A title for a new session that none of the caller's has yet; another one each time."""
    async with caring(request, caller):
        wish = await read_body(request, TitleWishIn)
        return answer(await parts.suggest_title(caller, wish, zone_of(request)))
