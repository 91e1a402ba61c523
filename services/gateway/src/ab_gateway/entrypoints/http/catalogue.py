"""What there is to choose from: public, the same for everybody, cacheable."""

from __future__ import annotations

from hashlib import sha256

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

from ab_gateway.entrypoints.http.documents import refusals
from ab_gateway.entrypoints.http.parts import counted_address

router = APIRouter(prefix="/catalog", tags=["catalogue"], dependencies=[Depends(counted_address)])


class _Fixed:
    """An answer that never changes while the process runs: written once, with its ETag."""

    def __init__(self, body: ApiModel) -> None:
        self._body = body.model_dump_json().encode()
        self._etag = f'"{sha256(self._body).hexdigest()[:32]}"'

    def answer(self, request: Request) -> Response:
        """The body, or 304 for whoever has it already."""
        # An hour: what there is to choose from changes with releases only.
        headers = {"Cache-Control": "public, max-age=3600", "ETag": self._etag}
        if self._etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self._body, media_type="application/json", headers=headers)


def _frequency(stem: Stem) -> FrequencyChoice:
    return FrequencyChoice(
        id=stem.stem_id,
        kind="solfeggio" if stem.kind is StemKind.SOLFEGGIO else "binaural",
        hz=stem.hz or 0.0,
        brainwave_state=stem.brainwave_state,
    )


_BRAIN_LAYERS = (*stems_of(StemKind.BINAURAL), *stems_of(StemKind.SOLFEGGIO))
_VOICES = _Fixed(
    VoiceListOut(
        voices=[VoiceOut(id=v.id, title=v.title, description=v.description) for v in VOICES]
    )
)
_BACKGROUNDS = _Fixed(
    BackgroundListOut(
        backgrounds=[
            BackgroundChoice(id=stem.stem_id, title=stem.title)
            for stem in stems_of(StemKind.BACKGROUND)
        ]
    )
)
_FREQUENCIES = _Fixed(FrequencyListOut(frequencies=[_frequency(stem) for stem in _BRAIN_LAYERS]))


@router.get("/voices", response_model=VoiceListOut, responses=refusals(), summary="List the voices")
async def voices(request: Request) -> Response:
    """Every voice a session can be read by."""
    return _VOICES.answer(request)


@router.get(
    "/backgrounds",
    response_model=BackgroundListOut,
    responses=refusals(),
    summary="List the backgrounds",
)
async def backgrounds(request: Request) -> Response:
    """Every background."""
    return _BACKGROUNDS.answer(request)


@router.get(
    "/frequencies",
    response_model=FrequencyListOut,
    responses=refusals(),
    summary="List the brain layers",
)
async def frequencies(request: Request) -> Response:
    """Every binaural and solfeggio tone."""
    return _FREQUENCIES.answer(request)
