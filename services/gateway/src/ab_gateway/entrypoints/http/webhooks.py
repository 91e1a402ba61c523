"""The front door of vendors' webhooks: counted, bounded, believed or refused without a reason.

A vendor's route reads its own headers and hands the raw body to its use case, which decides.
"""

from __future__ import annotations

from typing import Literal

from ab_shared.contracts.http import ApiModel
from ab_shared.errors import PayloadTooLarge
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ab_gateway.entrypoints.http.answers import answer
from ab_gateway.entrypoints.http.documents import refusals
from ab_gateway.entrypoints.http.parts import Behind, address_of, parts_of
from ab_gateway.entrypoints.http.trail import trail_of
from ab_gateway.usecases.limit_requests import refuse_beyond

# The longest real event, with hundreds of aliases, is a few kilobytes.
MAX_WEBHOOK_BYTES = 64 * 1024


class Received(ApiModel):
    """The event is kept."""

    received: Literal[True] = True


async def _counted_sender(request: Request) -> None:
    # A class of its own: a day of renewals must not spend what an address may do otherwise.
    trail = trail_of(request.scope)
    trail.allowance = await parts_of(request).limit.webhooks_from(address_of(request))
    refuse_beyond(trail.allowance)


async def _raw_body(request: Request) -> bytes:
    """The bytes as they were sent: a signature is over them, not over what they mean."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_WEBHOOK_BYTES:
            raise PayloadTooLarge("The body is too large")
    return bytes(body)


router = APIRouter(prefix="/webhooks", tags=["webhooks"], dependencies=[Depends(_counted_sender)])


@router.post(
    "/revenuecat",
    response_model=Received,
    responses=refusals(400, 401, 404, 413),
    summary="RevenueCat tells of a purchase",
)
async def revenuecat(request: Request, parts: Behind) -> Response:
    """Exactly 200 once the event is in the database; anything else makes RevenueCat send again."""
    await parts.take_purchase_webhook(request.headers.getlist, lambda: _raw_body(request))
    return answer(Received())


@router.post(
    "/clerk",
    response_model=Received,
    responses=refusals(400, 404, 413),
    summary="Clerk tells of a user or a sign-in",
)
async def clerk(request: Request, parts: Behind) -> Response:
    """200 once the event is in the database; without it Clerk sends again for a day and more."""
    await parts.take_identity_webhook(request.headers.getlist, lambda: _raw_body(request))
    return answer(Received())
