"""Makes sure that somebody gets an archive of all that is held of them."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4

from ab_shared.contracts import exporting, rpc
from ab_shared.contracts.privacy import PrivacyJobChanged
from ab_shared.errors import RateLimited
from ab_shared.runtime.clock import Clock

from ab_auth.domain import exports
from ab_auth.export_ports import ExportStore


@dataclass(frozen=True, slots=True)
class RequestExport:
    """One live export a user, one new archive a day; asking again is how its end is awaited."""

    store: ExportStore
    profile: Callable[[rpc.GetProfile], Awaitable[rpc.Profile]]
    clock: Clock

    async def __call__(self, request: exporting.RequestExport) -> exporting.ExportState:
        """The newest export, or a new one.

        Raises:
            NotFound: there is no such user (any more).
            RateLimited: the last one failed a moment ago.
        """
        # Whoever comes from another issuer may be asking for the first time.
        await self.profile(
            rpc.GetProfile(
                user_id=request.user_id, issuer=request.issuer, issued_at=request.issued_at
            )
        )
        now = self.clock()
        async with self.store.begin() as unit:
            await unit.hold_user(request.user_id)
            newest = await unit.newest(request.user_id)
            if newest is not None and exports.answers(newest, now, fresh=request.fresh):
                return newest.state()
            left = exports.must_wait(newest, now) if newest is not None else None
            if left is not None:
                raise RateLimited(
                    "The last archive could not be made, ask again later",
                    details={"retry_after": math.ceil(left.total_seconds())},
                )
            export = exports.begun(uuid4(), request.user_id, request.issuer, now)
            await unit.add(export)
            await unit.send(PrivacyJobChanged(user_id=export.user_id, job=export.job()))
        return export.state()
