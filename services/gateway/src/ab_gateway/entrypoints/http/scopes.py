"""Which scope a machine's key needs on each route; a person needs none for what is their own.

A route that is not in the table is shut to keys, and a test fails until it is in it.
"""

from __future__ import annotations

from typing import Literal

from ab_shared.contracts.api_keys import Scope
from ab_shared.errors import Forbidden
from starlette.types import Scope as AsgiScope

from ab_gateway.entrypoints.http.trail import route_of

# Nobody is asked who they are there, so that no key is looked at.
PUBLIC: Literal["public"] = "public"
# Never by key.
PEOPLE: Literal["people"] = "people"
READ: Scope = "sessions:read"
WRITE: Scope = "sessions:write"
ME: Scope = "me:read"
ADMIN: Scope = "admin"

SCOPES: dict[str, Scope | Literal["public", "people"]] = {
    "GET /health": PUBLIC,
    "GET /openapi.json": PUBLIC,
    "GET /docs": PUBLIC,
    "GET /docs/app-developers": PUBLIC,
    "GET /docs/guide.css": PUBLIC,
    "GET /docs/start.js": PUBLIC,
    "GET /docs/swagger-ui-bundle.js": PUBLIC,
    "GET /docs/swagger-ui.css": PUBLIC,
    "POST /auth/register": PUBLIC,
    "POST /auth/login": PUBLIC,
    "POST /auth/refresh": PUBLIC,
    "POST /auth/logout": PUBLIC,
    "POST /webhooks/clerk": PUBLIC,
    "POST /webhooks/revenuecat": PUBLIC,
    "GET /catalog/voices": PUBLIC,
    "GET /catalog/backgrounds": PUBLIC,
    "GET /catalog/frequencies": PUBLIC,
    "GET /programs": PUBLIC,
    "GET /programs/{program_id}": PUBLIC,
    "POST /programs/{program_id}/enroll": PEOPLE,
    "GET /me/programs": ME,
    "GET /me/programs/{program_id}": ME,
    "POST /me/programs/{program_id}/days/{day}/complete": PEOPLE,
    "PUT /me/programs/{program_id}/days/{day}": PEOPLE,
    "POST /me/programs/{program_id}/pause": PEOPLE,
    "POST /me/programs/{program_id}/resume": PEOPLE,
    "POST /me/programs/{program_id}/leave": PEOPLE,
    "GET /me/values": ME,
    "POST /me/values": PEOPLE,
    "GET /me/struggle": ME,
    "PUT /me/struggle": PEOPLE,
    "GET /me/preferences": ME,
    "PUT /me/preferences": PEOPLE,
    "GET /me/curation/preferences": ME,
    "POST /me/curation/preferences": PEOPLE,
    "GET /me": ME,
    "GET /me/entitlement": ME,
    "GET /me/usage": ME,
    "PATCH /me": PEOPLE,
    "DELETE /me": PEOPLE,
    "GET /me/export": ADMIN,
    "GET /sessions": READ,
    "POST /affirmations/generate": WRITE,
    "POST /affirmations/suggest-title": WRITE,
    "POST /sessions": WRITE,
    "GET /sessions/{session_id}": READ,
    "POST /sessions/{session_id}/ensure-audio": WRITE,
    "GET /sessions/{session_id}/playback-bundle": READ,
    "GET /sessions/{session_id}/audio-report": READ,
    "GET /sessions/{session_id}/captions": READ,
    "GET /sessions/{session_id}/captions.vtt": READ,
    "GET /sessions/{session_id}/waveform": READ,
    "POST /sessions/{session_id}/mixdown": WRITE,
    "GET /sessions/{session_id}/download": READ,
    "GET /me/offline": ME,
    "DELETE /me/offline/{session_id}": PEOPLE,
    "GET /me/push-tokens": ME,
    "POST /me/push-tokens": PEOPLE,
    "DELETE /me/push-tokens/{token_id}": PEOPLE,
    "POST /sessions/{session_id}/events": WRITE,
    "POST /events": WRITE,
    "GET /me/curation": ME,
    "PATCH /sessions/{session_id}": WRITE,
    "DELETE /sessions/{session_id}": WRITE,
    "POST /sessions/{session_id}/duplicate": WRITE,
    "PUT /sessions/{session_id}/favourite": WRITE,
    "DELETE /sessions/{session_id}/favourite": WRITE,
    # A link outlives the key that made it.
    "POST /sessions/{session_id}/share": PEOPLE,
    "GET /sessions/{session_id}/shares": READ,
    "DELETE /sessions/{session_id}/shares/{share_id}": WRITE,
    "GET /shared/{token}": PUBLIC,
    "POST /shared/{token}/duplicate": WRITE,
    "GET /jobs/{job_id}": READ,
    "GET /jobs/{job_id}/events": READ,
    "POST /jobs/{job_id}/cancel": WRITE,
}
ADMIN_SURFACE = "/admin/"


def needed(method: str, route: str) -> Scope | Literal["public", "people"] | None:
    """What a route asks of a key; None for one that nobody has thought of."""
    # Administrators' routes look at the role of the key's user besides.
    if route.startswith(ADMIN_SURFACE):
        return ADMIN
    return SCOPES.get(f"{method} {route}")


def require_scope(scope: AsgiScope, held: frozenset[str]) -> None:
    """Lets a key through where its scopes do.

    Raises:
        Forbidden: they do not, or no key may come here.
    """
    wanted = needed(scope["method"], route_of(scope))
    if wanted not in held:
        raise Forbidden("The key's scopes do not reach that far")
