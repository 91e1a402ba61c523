"""Sessions and numbers as an administrator asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ab_shared.contracts.http_admin_numbers import (
    AnalyticsDayOut,
    AnalyticsOut,
    DashboardOut,
    RollUpIn,
)
from ab_shared.contracts.http_admin_sessions import (
    AdminSessionsOut,
    IntegrityOut,
    MustSayWhyIn,
    RebuildIn,
    RebuiltOut,
    SessionLinesOut,
    TokensEndedOut,
)

from ab_client.api import ApiClient

ADMIN = "/v1/admin"


@dataclass(frozen=True, slots=True)
class AdminDesk:
    """The caller has to hold a role; raises what ``ApiClient`` raises."""

    api: ApiClient

    async def dashboard(self) -> DashboardOut:
        """How everything stands."""
        return await self.api.call("GET", f"{ADMIN}/dashboard/stats", DashboardOut)

    async def sessions(self, *, owner: str) -> AdminSessionsOut:
        """One user's sessions, newest first, without what they wrote."""
        path = f"{ADMIN}/sessions?ownerUserId={owner}"
        return await self.api.call("GET", path, AdminSessionsOut)

    async def lines(self, session_id: UUID, why: str) -> SessionLinesOut:
        """What somebody wrote, for a reason that the trail keeps."""
        body = MustSayWhyIn(reason=why)
        path = f"{ADMIN}/sessions/{session_id}/lines"
        return await self.api.call("POST", path, SessionLinesOut, body)

    async def integrity(self, session_id: UUID, *, deep: bool = False) -> IntegrityOut:
        """Every stored sound that a session needs; ``deep`` hashes the bytes."""
        path = f"{ADMIN}/sessions/{session_id}/audio-integrity?deep={str(deep).lower()}"
        return await self.api.call("GET", path, IntegrityOut)

    async def rebuild(self, session_id: UUID, wanted: RebuildIn) -> RebuiltOut:
        """Has what is broken made again."""
        path = f"{ADMIN}/sessions/{session_id}/rebuild-audio"
        return await self.api.call("POST", path, RebuiltOut, wanted)

    async def revoke_tokens(self, user_id: str) -> TokensEndedOut:
        """Ends all tokens that a user has now."""
        path = f"{ADMIN}/users/{user_id}/revoke-tokens"
        return await self.api.call("POST", path, TokensEndedOut)

    async def analytics(self, first: date, last: date) -> AnalyticsOut:
        """What listeners did by the day."""
        path = f"{ADMIN}/analytics?from={first}&to={last}"
        return await self.api.call("GET", path, AnalyticsOut)

    async def roll_up(self, day: date) -> AnalyticsDayOut:
        """Counts a day anew."""
        path = f"{ADMIN}/analytics/roll-up"
        return await self.api.call("POST", path, AnalyticsDayOut, RollUpIn(day=day))
