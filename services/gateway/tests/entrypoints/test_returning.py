"""Whoever comes back after an erasure: auth is told how young their token is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ab_shared.contracts import rpc
from ab_shared.contracts.exporting import ExportState, RequestExport
from ab_shared.contracts.profiles import UpdateProfile
from gateway_memory.samples import BORN


async def test_each_way_to_be_made_a_user_says_when_the_token_was_issued(
    services: Any, start: Any
) -> None:
    seen: list[datetime | None] = []

    def changed(request: UpdateProfile) -> rpc.Profile:
        seen.append(request.issued_at)
        return rpc.Profile(user_id=request.user_id, created_at=BORN)

    def exported(request: RequestExport) -> ExportState:
        seen.append(request.issued_at)
        return ExportState(job_id=uuid4())

    services.more += [("auth", UpdateProfile, changed), ("auth", RequestExport, exported)]
    world = await start()
    issued = int(datetime.now(UTC).timestamp()) - 30
    caller = world.auth(iat=issued)
    await world.client.get("/v1/me", headers=caller)
    await world.client.patch("/v1/me", headers=caller, json={"timezone": "Europe/Berlin"})
    await world.client.get("/v1/me/export", headers=caller)
    seen += [asked.issued_at for asked in world.services.asked_for(rpc.GetProfile)]
    assert seen == [datetime.fromtimestamp(issued, UTC)] * 3
