"""What a player shows beside a track: captions and the waveform."""

from __future__ import annotations

from ab_shared.contracts.http_captions import CaptionsOut, WaveformOut
from ab_shared.errors import AudioNotReady
from fastapi import APIRouter
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import NO_STORE, answer, parse_session_id
from ab_gateway.entrypoints.http.documents import refusals, secured
from ab_gateway.entrypoints.http.parts import AnyCaller, Behind

router = APIRouter(prefix="/sessions/{session_id}", tags=["sessions"])
WEBVTT = "text/vtt; charset=utf-8"


@router.get(
    "/captions",
    response_model=CaptionsOut,
    responses=refusals(400, 401, 404, AudioNotReady),
    openapi_extra=secured(optional=True),
    summary="Get the captions",
)
async def captions(parts: Behind, caller: AnyCaller, session_id: str) -> Response:
    """Which line is spoken when, read by read, in milliseconds of the track."""
    return answer(await parts.read_captions.as_json(caller, parse_session_id(session_id)))


@router.get(
    "/captions.vtt",
    response_class=Response,
    responses={
        200: {"content": {"text/vtt": {"schema": {"type": "string"}}}},
        **refusals(400, 401, 404, AudioNotReady),
    },
    openapi_extra=secured(optional=True),
    summary="Get the captions as WebVTT",
)
async def captions_webvtt(parts: Behind, caller: AnyCaller, session_id: str) -> Response:
    """The same captions as players of every kind read them."""
    text = await parts.read_captions.as_webvtt(caller, parse_session_id(session_id))
    return Response(text, media_type=WEBVTT, headers=NO_STORE)


@router.get(
    "/waveform",
    response_model=WaveformOut,
    responses=refusals(400, 401, 404, AudioNotReady),
    openapi_extra=secured(optional=True),
    summary="Get the waveform",
)
async def waveform(parts: Behind, caller: AnyCaller, session_id: str) -> Response:
    """Some hundred peaks of the track, to draw it with."""
    return answer(await parts.read_captions.waveform(caller, parse_session_id(session_id)))
