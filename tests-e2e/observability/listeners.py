"""What listeners do on a good day."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import follow, wait_for
from ab_client.keeping import Keeping
from ab_client.listening import Listening
from ab_client.writing import Writing
from ab_shared.contracts.http_listening import RecordedBatchIn, RecordedIn
from ab_shared.contracts.http_mixdowns import MixdownIn
from failures.listener import new_line
from failures.troupe import eventually
from observability.scene import Scene, draft, operate
from observability.stems import leave_out_stems

CREATIVITY = UUID("7d75588e-6a0a-7954-c642-8765e6658799")
HEARD_SECONDS = 20.0


async def tracks(scene: Scene) -> None:
    """Fresh, the same again, with one line changed, played; a device is told."""
    listener = scene.listener
    await Keeping(listener).register(f"ExponentPushToken[{secrets.token_hex(11)}]", "ios")
    lines, key = [new_line(), new_line()], uuid4().hex
    created = await listener.create_session(draft(*lines), idempotency_key=key)
    await listener.create_session(draft(*lines), idempotency_key=key)
    await leave_out_stems(scene.described, created.audio_job_id)
    async for _ in follow(listener, created.audio_job_id):
        pass
    for more in (lines, [lines[0], new_line()]):
        again = await listener.create_session(draft(*more))
        await wait_for(listener, again.audio_job_id)
    scene.made.append(created.id)
    # Twice: the second time from what the gateway keeps.
    for _ in range(2):
        await listener.bundle(created.id)
        await listener.job(created.audio_job_id)
    await asyncio.gather(
        listener.captions(created.id), listener.waveform(created.id), listener.sessions()
    )


async def listening(scene: Scene) -> None:
    """What was heard, now and offline; the shelf it makes; affirmations written, and mended."""
    heard, now = Listening(scene.listener), datetime.now(UTC)
    events = [
        RecordedIn(
            client_event_id=str(uuid4()),
            session_id=str(CREATIVITY),
            event_type=kind,
            occurred_at=(now - timedelta(minutes=ago)).isoformat(),
            metadata={"offline": True},
        )
        for kind, ago in (("start", 40), ("complete", 20))
    ]
    await heard.tell_later(RecordedBatchIn(events=events))
    await heard.tell(CREATIVITY, "start")
    await heard.for_you()
    openai = scene.observed.vendors.openai
    # A good one, one that is mended, one that the built-in writer writes.
    openai.chat.script[:] = ["good", "broken", "good"]
    writing = Writing(scene.listener)
    await writing.write(goal="sleep calmly", count=4)
    await writing.write(goal="rest more", count=4)
    openai.vendor.faults.add("status", "chat", status=500)
    await writing.write(goal="work with ease", count=4)
    for line in ("I am selling drugs.", "I want to die."):
        with suppress(ApiRefusal):
            await scene.listener.create_session(draft(line))


async def yesterday(scene: Scene) -> None:
    """A phone tells of the day before, which is counted anew."""
    # As the clockwork takes it: a day is over some minutes after midnight.
    day = (datetime.now(UTC) - timedelta(minutes=30)).date() - timedelta(days=1)
    event = RecordedIn(
        client_event_id=str(uuid4()),
        session_id=str(CREATIVITY),
        event_type="complete",
        occurred_at=datetime.combine(day, time(12), UTC).isoformat(),
        metadata={"offline": True},
    )
    await Listening(scene.listener).tell_later(RecordedBatchIn(events=[event]))
    words = ("analytics", "roll-up", day.isoformat(), "--why", "traffic of a test")
    await operate(scene, *words)


async def purchases(scene: Scene) -> None:
    """Somebody buys, makes an offline file, and is read again though nothing had happened."""
    me = (await scene.listener.me()).id
    await scene.control.act("purchase", me)
    await eventually(lambda: _is_pro(scene.listener), HEARD_SECONDS, pause=0.1)
    pending = await scene.listener.mixdown(scene.made[0], MixdownIn(minutes=5))
    if pending.job_id is not None:
        async for _ in follow(scene.listener, pending.job_id):
            pass


async def leaving(scene: Scene) -> None:
    """Somebody of Clerk's comes, and somebody leaves for good."""
    clerk = scene.described["simulators"]["clerk"]
    given = {"user_id": f"user_{secrets.token_hex(8)}"}
    signed_in = (await scene.http.post(f"{clerk}/_control/sign-in", json=given)).json()
    headers = {"Authorization": f"Bearer {signed_in['token']}"}
    await scene.http.get(f"{scene.url}/v1/me", headers=headers)
    async with ApiClient(scene.url) as other:
        await other.register(f"user-{secrets.token_hex(8)}@example.com", secrets.token_hex(12))
        await other.erase_me()


async def _is_pro(listener: ApiClient) -> bool | None:
    return (await listener.entitlement()).plan == "pro" or None
