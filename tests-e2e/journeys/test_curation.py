"""A listener plays without a network, syncs twice, and finds another shelf."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.lines import new_line
from ab_client.listening import Listening
from ab_shared.contracts.http import DraftSession
from ab_shared.contracts.http_listening import RecordedBatchIn, RecordedIn

pytestmark = pytest.mark.journey
CREATIVITY = UUID("7d75588e-6a0a-7954-c642-8765e6658799")
FOCUS = UUID("9e5c6020-0063-41ec-b8f4-604719b48f61")
YEAR = timedelta(days=365)


def recorded(kind: str, at: datetime, session_id: UUID = CREATIVITY) -> RecordedIn:
    """As an app keeps it until there is a network."""
    return RecordedIn(
        client_event_id=str(uuid4()),
        session_id=str(session_id),
        event_type=kind,
        occurred_at=at.isoformat(),
        metadata={"offline": True},
    )


async def test_what_was_heard_offline_changes_the_shelf(user: ApiClient) -> None:
    listening, now = Listening(user), datetime.now(UTC)
    # Chance decides for a newcomer: finished is what they do not find there.
    drawn = (await listening.for_you())["your_best"].session_id
    finished = FOCUS if drawn == CREATIVITY else CREATIVITY
    evenings = [now - timedelta(days=day, minutes=40) for day in range(1, 5)]
    events = [
        event
        for at in evenings
        # The end before the beginning: phones write their notes in any order.
        for event in (
            recorded("complete", at + timedelta(minutes=25), finished),
            recorded("start", at, finished),
        )
    ]
    batch = RecordedBatchIn(events=events)
    first, again = await listening.tell_later(batch), await listening.tell_later(batch)
    assert (first.accepted, first.duplicates, first.rejected) == (8, 0, 0)
    assert (again.accepted, again.duplicates, again.rejected) == (0, 8, 0)
    best = (await listening.for_you())["your_best"]
    assert best.session_id == finished
    assert best.why_text == "You have finished this 4 times"
    await listening.tell(finished, "start")
    await listening.tell(finished, "complete")
    best = (await listening.for_you())["your_best"]
    assert best.why_text == "You have finished this 5 times"


async def test_a_phone_that_is_a_year_behind_is_understood(user: ApiClient) -> None:
    listening, now = Listening(user), datetime.now(UTC)
    wrong = now - 3 * YEAR
    event = recorded("complete", wrong - timedelta(hours=2))
    refused = await listening.tell_later(RecordedBatchIn(events=[event]))
    assert refused.rejections is not None
    assert refused.rejections[0].reason == "too_old"
    batch = RecordedBatchIn(events=[event], sent_at=wrong.isoformat())
    assert (await listening.tell_later(batch)).accepted == 1
    assert (await listening.for_you())["your_best"].session_id == CREATIVITY


async def test_somebody_elses_session_cannot_be_told_of(
    user: ApiClient, new_user: Callable[[], Awaitable[ApiClient]]
) -> None:
    stranger = Listening(await new_user())
    draft = DraftSession(title="Mine", affirmations=[new_line()], voice_id="nova")
    mine = (await user.create_session(draft)).id
    told = await stranger.tell_later(
        RecordedBatchIn(events=[recorded("complete", datetime.now(UTC), mine)])
    )
    assert (told.accepted, told.rejected) == (0, 1)
    with pytest.raises(ApiRefusal) as refusal:
        await stranger.tell(mine, "start")
    assert refusal.value.status == 404
    own = Listening(user)
    await own.tell(mine, "complete")
    assert (await own.for_you())["your_best"].session_id == mine
    assert mine not in {card.session_id for card in (await stranger.for_you()).values()}
