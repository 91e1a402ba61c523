"""What there is to choose from: public, the same for everybody, cacheable."""

from __future__ import annotations

from ab_shared.contracts.http import (
    ApiModel,
    BackgroundChoice,
    BackgroundListOut,
    FrequencyChoice,
    FrequencyListOut,
    VoiceListOut,
    VoiceOut,
)
from ab_shared.contracts.stems import Stem, StemKind, stems_of
from ab_shared.contracts.voices import VOICES
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.documents import refusals, unchanged
from ab_gateway.entrypoints.http.fixed_body import FixedBody
from ab_gateway.entrypoints.http.parts import counted_address

router = APIRouter(prefix="/catalog", tags=["catalogue"], dependencies=[Depends(counted_address)])


def _fixed(body: ApiModel) -> FixedBody:
    return FixedBody(body.model_dump_json().encode(), "application/json")


def _frequency(stem: Stem) -> FrequencyChoice:
    return FrequencyChoice(
        id=stem.stem_id,
        kind="solfeggio" if stem.kind is StemKind.SOLFEGGIO else "binaural",
        hz=stem.hz or 0.0,
        brainwave_state=stem.brainwave_state,
    )


_BRAIN_LAYERS = (*stems_of(StemKind.BINAURAL), *stems_of(StemKind.SOLFEGGIO))
_VOICES = _fixed(
    VoiceListOut(
        voices=[VoiceOut(id=v.id, title=v.title, description=v.description) for v in VOICES]
    )
)
_BACKGROUNDS = _fixed(
    BackgroundListOut(
        backgrounds=[
            BackgroundChoice(id=stem.stem_id, title=stem.title)
            for stem in stems_of(StemKind.BACKGROUND)
        ]
    )
)
_FREQUENCIES = _fixed(FrequencyListOut(frequencies=[_frequency(stem) for stem in _BRAIN_LAYERS]))


@router.get(
    "/voices",
    response_model=VoiceListOut,
    responses={**unchanged(), **refusals()},
    summary="List the voices",
)
async def voices(request: Request) -> Response:
    """Every voice a session can be read by."""
    return _VOICES.answer(request)


@router.get(
    "/backgrounds",
    response_model=BackgroundListOut,
    responses={**unchanged(), **refusals()},
    summary="List the backgrounds",
)
async def backgrounds(request: Request) -> Response:
    """Every background."""
    return _BACKGROUNDS.answer(request)


@router.get(
    "/frequencies",
    response_model=FrequencyListOut,
    responses={**unchanged(), **refusals()},
    summary="List the brain layers",
)
async def frequencies(request: Request) -> Response:
    """Every binaural and solfeggio tone."""
    return _FREQUENCIES.answer(request)
