"""What a line that was rejected after it was written leaves to its owner; on every store."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.moderation_ports import Checking
from ab_shared.contracts import captions, editing, rpc, session_reads
from ab_shared.contracts.moderation import (
    CountModeration,
    DecidedAll,
    DecideLines,
    Decision,
    ListFlagged,
)
from ab_shared.errors import ValidationFailed
from ab_shared.testing.infra import NewDatabase
from session_memory.moderators import PlayedModerator
from session_memory.rig import Rig, draft

SPOONS = "I polish my silver spoons daily"
SPELLINGS = (
    "i polish my silver spoons daily!",
    "I  polish my silver spoons daily.",
    "I POLISH my silver-spoons, daily\u2026",
    "\u201cI polish my silver spoons daily\u201d",
)
LINES = ("I breathe in.", "I am a little zorbish.")


class Told(Rig):
    """Whose second line waits for a person."""

    def __init__(self, database: Any = None) -> None:
        self.vendor = PlayedModerator()
        super().__init__(database, Checking(self.vendor, load_care()))

    async def pending(self, *lines: str) -> UUID:
        created = await self.create(draft(*(lines or LINES)))
        await self.made(created)
        return created.session.id

    async def decide(self, verdict: Literal["approve", "reject"], *items: UUID) -> DecidedAll:
        decisions = tuple(Decision(item_id=item, verdict=verdict) for item in items)
        return await self.ask(
            DecideLines(decisions=decisions, actor="ada", actor_kind="operator", reason="today")
        )

    async def views(self, session_id: UUID) -> list[rpc.SessionView]:
        """The session on every way that shows it to its owner."""
        asked = rpc.GetSession(session_id=session_id, user_id="user")
        each = session_reads.AskedSession(session_id=session_id, user_id="user")
        many = await self.ask(session_reads.GetSessions(asked=(each,)))
        wish = editing.EditSession(session_id=session_id, user_id="user", lines=LINES)
        again = await self.ask(wish)
        one = await self.ask(asked)
        assert many.sessions[0] is not None
        return [one, many.sessions[0], again.session]

    async def refusals(self, session_id: UUID) -> list[bool]:
        """Whether each way to what was made of it refuses."""
        return [
            await self._refuses(kind(session_id=session_id, user_id="user"))
            for kind in (
                rpc.GetPlaybackBundle,
                captions.GetCaptions,
                captions.GetWaveform,
                rpc.GetAudioReport,
            )
        ]

    async def _refuses(self, request: Any) -> bool:
        try:
            await self.ask(request)
        except ValidationFailed as refused:
            return set(refused.details) == {"affirmations.1"}
        return False


class RejectedLaterContract:
    """What holds on every store."""

    async def test_no_sound_of_it_is_shown_until_it_is_approved(self, told: Told) -> None:
        session_id = await told.pending()
        before = await told.views(session_id)
        assert all(one.audio for one in before)
        (line,) = (await told.ask(ListFlagged())).lines
        await told.decide("reject", line.item_id)
        after = await told.views(session_id)
        assert [one.audio for one in after] == [None] * len(after)
        assert {one.version for one in after} == {before[0].version + 1}
        assert all(await told.refusals(session_id))
        await told.decide("approve", line.item_id)
        back = await told.views(session_id)
        assert [one.audio for one in back] == [before[0].audio] * len(back)
        assert not any(await told.refusals(session_id))

    async def test_it_may_be_renamed_and_stays_silent(self, told: Told) -> None:
        session_id = await told.pending()
        (line,) = (await told.ask(ListFlagged())).lines
        await told.decide("reject", line.item_id)
        wish = editing.EditSession(session_id=session_id, user_id="user", title="Another name")
        done = await told.ask(wish)
        assert (done.session.title, done.session.audio, done.job) == ("Another name", None, None)
        assert all(await told.refusals(session_id))
        bad = editing.EditSession(session_id=session_id, user_id="user", title="zorblax")
        with pytest.raises(ValidationFailed) as refused:
            await told.ask(bad)
        assert set(refused.value.details) == {"title"}
        spoken = editing.EditSession(
            session_id=session_id, user_id="user", lines=("I rest.", LINES[1])
        )
        with pytest.raises(ValidationFailed) as refused:
            await told.ask(spoken)
        assert set(refused.value.details) == {"affirmations.1"}

    async def test_a_text_named_twice_is_decided_by_nobody(self, told: Told) -> None:
        await told.pending()
        (line,) = (await told.ask(ListFlagged())).lines
        with pytest.raises(ValidationFailed) as refused:
            await told.decide("reject", line.item_id, line.item_id)
        assert set(refused.value.details) == {"decisions.1.itemId"}
        assert (await told.ask(CountModeration())).decided_by_people == 0

    async def test_every_refused_line_is_named(self, told: Told) -> None:
        lines = [f"I will zorblax you {number} times." for number in range(50)]
        with pytest.raises(ValidationFailed) as refused:
            await told.create(draft(*lines))
        assert set(refused.value.details) == {f"affirmations.{place}" for place in range(50)}

    async def test_what_is_refused_at_entry_is_counted_and_kept_nowhere(self, told: Told) -> None:
        for _ in range(2):
            with pytest.raises(ValidationFailed):
                await told.create(draft("I will zorblax you.", "I am selling drugs."))
        stats = await told.ask(CountModeration())
        today = told.clock().date()
        counted = [(one.day, one.category, one.count) for one in stats.refused]
        assert counted == [(today, "harassment", 2), (today, "illicit", 2)]
        told.clock.advance(86_400)
        with pytest.raises(ValidationFailed):
            await told.create(draft("I will zorblax you."))
        stats = await told.ask(CountModeration())
        assert [one.count for one in stats.refused] == [1, 2, 2]
        assert (stats.approved, stats.pending, stats.rejected) == (0, 0, 0)

    async def test_a_rejection_holds_however_it_is_spelled(self, told: Told) -> None:
        told.vendor.words["polish"] = told.vendor.words["zorbish"]
        await told.pending(SPOONS)
        (line,) = (await told.ask(ListFlagged())).lines
        await told.decide("reject", line.item_id)
        for spelling in SPELLINGS:
            with pytest.raises(ValidationFailed):
                await told.create(draft("I rest.", spelling))
        assert await told.create(draft("I polish my golden spoons daily"))


class TestRejectedLaterInMemory(RejectedLaterContract):
    @pytest.fixture
    async def told(self) -> Any:
        told = Told()
        await told.start()
        yield told
        await told.stop()


@pytest.mark.real
class TestRejectedLaterInPostgres(RejectedLaterContract):
    @pytest.fixture
    async def told(self, database: NewDatabase) -> Any:
        told = Told((await database("session")).engine)
        await told.start()
        yield told
        await told.stop()
