"""Prompt templates: looked at, tried, and given to all or some of the users."""

from __future__ import annotations

from typing import Annotated

from ab_shared.contracts.http_prompts import (
    AiSourcesOut,
    AiSourceVersionsOut,
    PromptKey,
    PromptPreviewIn,
    PromptPreviewOut,
    PromptVersionIn,
    RolloutIn,
)
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from ab_gateway.domain.roles import Action, Administrator
from ab_gateway.entrypoints.http.admin.way_in import (
    MAY_SAY_WHY,
    AdminDesk,
    described,
    needs,
    reason_in,
)
from ab_gateway.entrypoints.http.answers import answer, read_body
from ab_gateway.entrypoints.http.documents import takes

router = APIRouter(prefix="/admin/ai-sources")
Source = Annotated[PromptKey, Path(description="Key of a template, such as writer.instructions")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Number of a version")]
Looking = Annotated[Administrator, needs(Action.READ_PROMPTS)]
Changing = Annotated[Administrator, needs(Action.CHANGE_PROMPTS)]


@router.get(
    "",
    response_model=AiSourcesOut,
    summary="List prompt templates",
    **described(Action.READ_PROMPTS),
)
async def list_sources(desk: AdminDesk, _by: Looking) -> Response:
    """Every template, who writes, and what that took today."""
    return answer(await desk.prompts.every())


@router.get(
    "/{key}",
    response_model=AiSourceVersionsOut,
    summary="Read a prompt template",
    **described(Action.READ_PROMPTS, 400, 404),
)
async def read_source(desk: AdminDesk, _by: Looking, key: Source) -> Response:
    """All versions of a template, newest first."""
    return answer(await desk.prompts.one(key))


@router.post(
    "/{key}/versions",
    response_model=AiSourceVersionsOut,
    summary="Add a version",
    **described(Action.CHANGE_PROMPTS, 400, 404, 409, 413, **takes(PromptVersionIn)),
)
async def add_version(request: Request, desk: AdminDesk, by: Changing, key: Source) -> Response:
    """Keeps a text as a draft; the same one again is no further version."""
    return answer(await desk.prompts.add(by, key, await read_body(request, PromptVersionIn)))


@router.post(
    "/{key}/versions/{version}/activate",
    response_model=AiSourceVersionsOut,
    summary="Activate a version",
    **described(Action.CHANGE_PROMPTS, 400, 404, 413, **MAY_SAY_WHY),
)
async def activate_version(
    request: Request, desk: AdminDesk, by: Changing, key: Source, version: Number
) -> Response:
    """Gives a version to everybody and ends a trial; the one before is retired."""
    return answer(await desk.prompts.activate(by, key, version, await reason_in(request)))


@router.post(
    "/{key}/versions/{version}/rollout",
    response_model=AiSourceVersionsOut,
    summary="Roll a version out",
    **described(Action.CHANGE_PROMPTS, 400, 404, 409, 413, **takes(RolloutIn)),
)
async def roll_out_version(
    request: Request, desk: AdminDesk, by: Changing, key: Source, version: Number
) -> Response:
    """Gives a version to a share of the users: a growing one keeps those it had; 0 ends it."""
    given = await read_body(request, RolloutIn)
    return answer(await desk.prompts.roll_out(by, key, version, given))


@router.post(
    "/{key}/preview",
    response_model=PromptPreviewOut,
    summary="Try a version",
    **described(Action.CHANGE_PROMPTS, 400, 404, 409, 413, **takes(PromptPreviewIn)),
)
async def preview_source(request: Request, desk: AdminDesk, _by: Changing, key: Source) -> Response:
    """What the model would be told for a made-up wish; with `write` also what it writes."""
    return answer(await desk.prompts.preview(key, await read_body(request, PromptPreviewIn)))
