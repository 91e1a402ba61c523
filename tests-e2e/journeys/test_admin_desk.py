"""An administrator's day: a glance, a session that does not play, what listeners did."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest
from ab_client.admin_desk import AdminDesk
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.lines import new_line
from ab_operator.main import app
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.http_admin_sessions import RebuildIn
from failures.whole_day import within_one_day
from typer.testing import CliRunner

pytestmark = pytest.mark.journey
HEARD_SECONDS = 10.0
WHY = "the owner wrote that it does not play"


@dataclass
class Party:
    """Somebody with a role, and a listener."""

    desk: AdminDesk
    listener: ApiClient
    user_id: str
    email: str


@pytest.fixture
async def party(gateway_url: str) -> AsyncIterator[Party]:
    await within_one_day(lasts=30)
    async with AsyncExitStack() as stack:
        boss, listener = [await stack.enter_async_context(ApiClient(gateway_url)) for _ in "ab"]
        email = f"desk-{secrets.token_hex(8)}@example.com"
        await boss.register(email, secrets.token_hex(12))
        await listener.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
        user_id = (await listener.me()).id
        made = Party(AdminDesk(boss), listener, user_id, email)
        assert await operator("admin", "grant", email, "ADMIN") == 0
        await becomes(made.desk.dashboard, 200)
        yield made
        # The last one stays, whoever that is on this stack.
        await operator("admin", "revoke", email)


async def becomes(ask: Callable[[], Awaitable[object]], status: int) -> None:
    """Asks until the change is heard of."""
    async with asyncio.timeout(HEARD_SECONDS):
        while True:
            try:
                await ask()
                found = 200
            except ApiRefusal as refused:
                found = refused.status
            if found == status:
                return
            await asyncio.sleep(0.05)


async def operator(*words: str) -> int:
    """``ab operator`` on the stack under test."""
    given = ["--stack", os.environ["AB_TEST_STACK"], *words]
    return (await asyncio.to_thread(CliRunner().invoke, app, given)).exit_code


async def test_a_day_at_the_desk(party: Party) -> None:
    desk, listener = party.desk, party.listener
    draft = DraftSession(title="Mine", affirmations=(new_line(), new_line()), voice_id="nova")
    made = await listener.create_session(draft)
    done = await wait_for(listener, made.audio_job_id)
    assert done.status == "completed"
    session_id = UUID(str(made.id))

    (row,) = (await desk.sessions(owner=party.user_id)).sessions
    assert (row.id, row.state, row.lines) == (str(made.id), "ready", 2)
    read = await desk.lines(session_id, WHY)
    assert list(read.affirmations) == list(draft.affirmations)

    whole = await desk.integrity(session_id, deep=True)
    assert (whole.playable, whole.broken, whole.unavailable) == (True, 0, ())
    # A track, two stems, four reads and four performances, each looked at and hashed.
    assert (whole.checked, len(whole.objects)) == (11, 11)
    assert all(one.verdict == "ok" and one.hashed for one in whole.objects)

    left = (await listener.entitlement()).remaining_free_generations_today
    assert (await desk.rebuild(session_id, RebuildIn())).job is None
    rebuilt = await desk.rebuild(session_id, RebuildIn(force=True, reason=WHY))
    assert rebuilt.job is not None
    again = await wait_for(listener, UUID(str(rebuilt.job.id)))
    assert again.status == "completed"
    assert (await listener.entitlement()).remaining_free_generations_today == left
    assert (await desk.integrity(session_id)).playable

    glance = await desk.dashboard()
    assert glance.unavailable == ()
    assert glance.users is not None
    assert glance.users.new_today >= 2

    today = datetime.now(UTC).date()
    rolled = await desk.roll_up(today)
    assert await desk.roll_up(today) == rolled.model_copy(
        update={"rolled_at": (await desk.analytics(today, today)).days[0].rolled_at}
    )
    assert rolled.funnel.created >= 1
    assert rolled.renders.ok >= 2
    assert rolled.dau >= 1

    await desk.revoke_tokens(party.user_id)
    await becomes(listener.me, 401)
