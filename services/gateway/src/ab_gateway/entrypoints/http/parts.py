"""The use cases that the routes call, and how a route gets at them and at its caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from ab_shared.errors import Forbidden, Unauthorized
from fastapi import Depends, Request

from ab_gateway.domain.addresses import Network, client_address, counted_as
from ab_gateway.domain.identity import Identity
from ab_gateway.domain.rates import Allowance
from ab_gateway.entrypoints.http.admin.parts import AdminParts
from ab_gateway.entrypoints.http.library_parts import LibraryParts
from ab_gateway.entrypoints.http.scopes import require_scope
from ab_gateway.entrypoints.http.trail import route_of, trail_of
from ab_gateway.usecases.authenticate_caller import AuthenticateCaller
from ab_gateway.usecases.cancel_job import CancelJob
from ab_gateway.usecases.create_session import CreateSession
from ab_gateway.usecases.ensure_audio import EnsureAudio
from ab_gateway.usecases.erase_me import EraseMe
from ab_gateway.usecases.export_me import ExportMe
from ab_gateway.usecases.follow_job import FollowJob
from ab_gateway.usecases.follow_listening import FollowListening
from ab_gateway.usecases.follow_programs import FollowPrograms
from ab_gateway.usecases.keep_devices import KeepDevices
from ab_gateway.usecases.keep_offline import KeepOffline
from ab_gateway.usecases.limit_requests import LimitRequests, refuse_beyond
from ab_gateway.usecases.list_sessions import ListSessions
from ab_gateway.usecases.look_after_self import LookAfterSelf
from ab_gateway.usecases.look_for_care import LookForCare
from ab_gateway.usecases.read_audio_report import ReadAudioReport
from ab_gateway.usecases.read_captions import ReadCaptions
from ab_gateway.usecases.read_entitlement import ReadEntitlement
from ab_gateway.usecases.read_job import ReadJob
from ab_gateway.usecases.read_playback_bundle import ReadPlaybackBundle
from ab_gateway.usecases.read_profile import ReadProfile
from ab_gateway.usecases.read_session import ReadSession
from ab_gateway.usecases.read_usage import ReadUsage
from ab_gateway.usecases.sign_in import SignIn
from ab_gateway.usecases.suggest_title import SuggestTitle
from ab_gateway.usecases.take_identity_webhook import TakeIdentityWebhook
from ab_gateway.usecases.take_purchase_webhook import TakePurchaseWebhook
from ab_gateway.usecases.update_profile import UpdateProfile
from ab_gateway.usecases.write_affirmations import WriteAffirmations

# What has a rate of its own besides: it makes work for every service, or may cost a provider.
CREATING = frozenset(
    {
        *("POST /sessions", "PATCH /sessions/{session_id}"),
        *("POST /sessions/{session_id}/duplicate", "POST /shared/{token}/duplicate"),
    }
)
WRITING = frozenset({"POST /affirmations/generate"})


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything behind the routes."""

    authenticate: AuthenticateCaller
    limit: LimitRequests
    trusted_proxies: tuple[Network, ...]
    sign_in: SignIn
    read_profile: ReadProfile
    update_profile: UpdateProfile
    write_affirmations: WriteAffirmations
    suggest_title: SuggestTitle
    look_for_care: LookForCare
    read_entitlement: ReadEntitlement
    read_usage: ReadUsage
    export_me: ExportMe
    create_session: CreateSession
    read_session: ReadSession
    list_sessions: ListSessions
    ensure_audio: EnsureAudio
    read_bundle: ReadPlaybackBundle
    read_report: ReadAudioReport
    read_captions: ReadCaptions
    keep_offline: KeepOffline
    devices: KeepDevices
    read_job: ReadJob
    cancel_job: CancelJob
    follow_job: FollowJob
    take_purchase_webhook: TakePurchaseWebhook
    take_identity_webhook: TakeIdentityWebhook
    admin: AdminParts
    erase_me: EraseMe
    library: LibraryParts
    listening: FollowListening
    selves: LookAfterSelf
    programs: FollowPrograms


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts = request.app.state.parts
    if not isinstance(parts, Parts):
        raise TypeError("the application has not started")
    return parts


def address_of(request: Request) -> str:
    """Where the request came from, behind trusted proxies, as it is counted."""
    peer = request.client.host if request.client else None
    # Lines of one name are one list (RFC 9110, 5.3): a proxy may append a line of its own.
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return counted_as(client_address(peer, forwarded, parts_of(request).trusted_proxies))


async def counted_address(request: Request) -> None:
    """Counts what anybody may read against the rate of its address."""
    trail = trail_of(request.scope)
    trail.allowance = await parts_of(request).limit(f"address {address_of(request)}")
    refuse_beyond(trail.allowance)


async def authenticated(request: Request) -> Identity | None:
    """Who the Authorization header speaks for, or nobody; Forbidden beyond a key's scopes."""
    authenticate, header = parts_of(request).authenticate, request.headers.get("authorization")
    if authenticate.must_ask(header):
        # Before the question: whoever makes up keys shall not have auth asked about each.
        await counted_address(request)
    try:
        caller = await authenticate(header)
        if caller is not None and caller.scopes is not None:
            require_scope(request.scope, caller.scopes)
    except (Unauthorized, Forbidden):
        # Whoever tries tokens is slowed down as an address.
        await counted_address(request)
        raise
    return caller


async def maybe_caller(request: Request) -> Identity | None:
    """Who asks, or nobody; counted against the user's or the address's rate."""
    parts, trail = parts_of(request), trail_of(request.scope)
    caller = await authenticated(request)
    if caller is not None:
        trail.user_id = caller.user_id
    subject = f"user {caller.user_id}" if caller else f"address {address_of(request)}"
    route = f"{request.method} {route_of(request.scope)}"
    count = _count_for(parts.limit, route)
    trail.allowance = await count(subject)
    refuse_beyond(trail.allowance)
    return caller


def _count_for(limit: LimitRequests, route: str) -> Callable[[str], Awaitable[Allowance]]:
    if route in CREATING:
        return limit.creating
    return limit.writing if route in WRITING else limit


async def known_caller(
    caller: Annotated[Identity | None, Depends(maybe_caller)],
) -> Identity:
    """Who asks; Unauthorized for nobody."""
    if caller is None:
        raise Unauthorized("Sign in first: this needs a bearer token")
    return caller


async def person_themselves(
    caller: Annotated[Identity, Depends(known_caller)],
) -> Identity:
    """Who asks; Forbidden for somebody who impersonates them.

    For what deletes, exports or spends: a helper may look at what a user sees, not act on it.
    """
    if caller.acting is not None:
        raise Forbidden("Only the user themselves may do this")
    return caller


async def _parts(request: Request) -> Parts:
    # Not parts_of itself: FastAPI hands functions that are not async to a thread.
    return parts_of(request)


Behind = Annotated[Parts, Depends(_parts)]
AnyCaller = Annotated[Identity | None, Depends(maybe_caller)]
KnownCaller = Annotated[Identity, Depends(known_caller)]
InPerson = Annotated[Identity, Depends(person_themselves)]
