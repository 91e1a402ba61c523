"""The app's light."""

from __future__ import annotations

from ab_shared.contracts.http import Health
from fastapi import APIRouter
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer

router = APIRouter(tags=["health"])


@router.get("/health", response_model=Health, summary="Is the API there?")
async def health() -> Response:
    """Says yes as long as this process answers; asks nobody else."""
    return answer(Health())
