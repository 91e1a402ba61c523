"""Every text is checked when it enters; what is rejected is heard by nobody; on every store."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.adapters.moderation_rows import ModerationRows
from ab_session.domain.job import Stage
from ab_session.domain.moderation.verdict import OPENAI, rejected, text_address
from ab_session.moderation_ports import Checking
from ab_session.usecases.recheck_texts import BATCH, MAX_BATCHES
from ab_shared.contracts import editing, rpc
from ab_shared.contracts.affirmations import WriteAffirmations, WrittenAffirmations
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.commands import SynthesizeRead
from ab_shared.contracts.mixdowns import GetDownload, RequestMixdown
from ab_shared.contracts.moderation import (
    CountModeration,
    Decided,
    DecideLines,
    Decision,
    FlaggedLine,
    ListFlagged,
    ModerationStats,
    ReadFlagged,
)
from ab_shared.contracts.profiles import UserUpdated
from ab_shared.errors import ValidationFailed
from ab_shared.testing.infra import NewDatabase
from session_memory.moderation import MemoryModeration
from session_memory.moderators import PlayedModerator
from session_memory.rig import KEY, LINES, Rig, draft

HARD = "I want to kill myself."
LATER_SECONDS = 300.0


class Desk:
    """A rig whose lines are checked by somebody outside who is played."""

    def __init__(self, database: Any = None) -> None:
        self.vendor = PlayedModerator()
        self.rig = Rig(database, Checking(self.vendor, load_care()))

    async def flagged(self, status: str = "pending") -> tuple[FlaggedLine, ...]:
        wanted = ListFlagged.model_validate({"status": status})
        return (await self.rig.ask(wanted)).lines

    async def decide(self, verdict: str, *items: UUID) -> tuple[Decided, ...]:
        decisions = tuple(
            Decision.model_validate({"item_id": item, "verdict": verdict}) for item in items
        )
        wanted = DecideLines(
            decisions=decisions, actor="ada", actor_kind="operator", reason="the queue of the day"
        )
        return (await self.rig.ask(wanted)).results

    async def stats(self) -> ModerationStats:
        return await self.rig.ask(CountModeration())

    async def bundle(self, session_id: UUID) -> rpc.PlaybackBundle:
        return await self.rig.ask(rpc.GetPlaybackBundle(session_id=session_id, user_id="user"))

    async def pending(self) -> rpc.CreatedSession:
        """A session whose audio is made and whose second line waits for a person."""
        created = await self.rig.create(draft("I breathe in.", "I am a little zorbish."))
        await self.rig.made(created)
        return created

    async def recheck(self) -> int:
        self.rig.clock.advance(LATER_SECONDS)
        done = await self.rig.wired.recheck()
        await self.rig.settle()
        return done

    async def write(self, **wish: Any) -> WrittenAffirmations:
        asked = WriteAffirmations.model_validate({"user_id": "user", **wish})
        return await self.rig.ask(asked)

    async def shareable(self, session_id: UUID) -> bool:
        async with self.rig.store.begin() as unit:
            return await unit.moderation.all_approved(session_id)


class ModerationContract:
    """What holds on every store."""

    async def test_a_rejected_line_is_named_and_nothing_is_spent(self, desk: Desk) -> None:
        wanted = draft("I breathe in.", "I am selling drugs.", "I will zorblax you.", title="Mine")
        with pytest.raises(ValidationFailed) as refused:
            await desk.rig.create(wanted)
        assert refused.value.details == {
            "affirmations.1": "speaks of something illegal",
            "affirmations.2": "attacks somebody",
        }
        assert "drugs" not in str(refused.value.__dict__)
        assert desk.rig.reserved == []
        assert desk.rig.studio.heard(SynthesizeRead) == 0
        # What the built-in list rejects is told to nobody.
        assert "I am selling drugs." not in desk.vendor.asked

    async def test_a_title_and_a_goal_are_checked_too(self, desk: Desk) -> None:
        with pytest.raises(ValidationFailed) as refused:
            await desk.rig.create(draft(title="Heil Hitler", goal_tag="zorblax"))
        assert set(refused.value.details) == {"title", "goalTag"}

    async def test_self_harm_is_answered_with_help_where_they_live(self, desk: Desk) -> None:
        with pytest.raises(ValidationFailed) as anywhere:
            await desk.rig.create(draft("I breathe in.", HARD))
        assert "findahelpline.com" in anywhere.value.message
        moved = UserUpdated(
            user_id="user", timezone="US/Pacific", version=1, updated_at=desk.rig.clock()
        )
        await desk.rig.broker.send(moved)
        await desk.rig.settle()
        for line in (HARD, "Tonight is zornight."):
            with pytest.raises(ValidationFailed) as refused:
                await desk.rig.create(draft("I breathe in.", line))
            assert "call or text 988" in refused.value.message
            assert refused.value.details == {
                "affirmations.1": "speaks of hurting yourself",
                "help": "988 Suicide & Crisis Lifeline: call or text 988 (https://988lifeline.org)",
            }
        assert desk.rig.studio.heard(SynthesizeRead) == 0

    async def test_a_line_is_asked_about_once(self, desk: Desk) -> None:
        await desk.rig.create(draft("I breathe in.", "I breathe out."))
        asked = len(desk.vendor.asked)
        await desk.rig.create(draft("I breathe out.", "I breathe in."), user="another")
        assert desk.vendor.asked[asked:] == []
        for _ in range(2):
            with pytest.raises(ValidationFailed):
                await desk.rig.create(draft("I will zorblax you."))
        assert desk.vendor.asked.count("I will zorblax you.") == 1

    async def test_nobody_to_ask_means_pending_and_pending_renders(self, desk: Desk) -> None:
        desk.vendor.away = True
        created = await desk.rig.create(draft("I breathe in."))
        assert (await desk.rig.made(created)).stage is Stage.READY
        assert (await desk.bundle(created.session.id)).track
        assert not await desk.shareable(created.session.id)
        assert (await desk.stats()).unavailable == 2  # its title is a text too
        with pytest.raises(ValidationFailed):
            await desk.rig.create(draft(HARD))

    async def test_a_sweep_asks_again_when_somebody_is_there(self, desk: Desk) -> None:
        desk.vendor.away = True
        created = await desk.rig.create(draft("I breathe in.", "I have a zorblax."))
        await desk.rig.made(created)
        assert await desk.recheck() == 0
        desk.vendor.away = False
        assert await desk.recheck() == 3
        assert (await desk.stats()).pending == 0
        with pytest.raises(ValidationFailed) as refused:
            await desk.bundle(created.session.id)
        assert refused.value.details == {"affirmations.1": "attacks somebody"}
        assert await desk.recheck() == 0

    async def test_a_sweep_is_bounded(self, desk: Desk) -> None:
        desk.vendor.away = desk.rig.muted = True
        for first in range(0, 120, 40):
            lines = [f"I count to {number}." for number in range(first, first + 40)]
            await desk.rig.create(draft(*lines))
        desk.vendor.away = False
        assert await desk.recheck() == BATCH * MAX_BATCHES
        assert len(desk.vendor.asked) == BATCH * MAX_BATCHES
        assert await desk.recheck() == 21
        assert (await desk.stats()).pending == 0

    async def test_the_queue_shows_what_waits_and_hides_what_it_says(self, desk: Desk) -> None:
        created = await desk.pending()
        (line,) = await desk.flagged()
        assert (line.status, line.reason, line.category) == ("pending", "uncertain", "harassment")
        assert (line.text, line.used, line.provider) == (None, 1, "openai")
        assert line.uses[0].session_id == created.session.id
        assert (line.uses[0].part, line.uses[0].position) == ("line", 1)

    async def test_what_is_approved_is_read_by_nobody_in_the_queue(self, desk: Desk) -> None:
        await desk.pending()
        await desk.decide("approve", (await desk.flagged())[0].item_id)
        asked = ReadFlagged(actor="ada", actor_kind="operator", status="approved")
        page = await desk.rig.ask(asked)
        assert len(page.lines) > 1
        assert not [line.text for line in page.lines if line.text]

    async def test_pages_follow_each_other(self, desk: Desk) -> None:
        await desk.rig.create(draft(*(f"I am zorbish {number}." for number in range(5))))
        seen: list[UUID] = []
        after: str | None = None
        while True:
            page = await desk.rig.ask(ListFlagged(limit=2, after=after))
            seen += [line.item_id for line in page.lines]
            after = page.next_after
            if after is None:
                break
        assert len(set(seen)) == len(seen) == 5
        with pytest.raises(ValidationFailed):
            await desk.rig.ask(ListFlagged(after="2026|made-up"))

    async def test_a_rejected_line_is_played_by_nobody(self, desk: Desk) -> None:
        created = await desk.pending()
        session_id = created.session.id
        before = await desk.rig.session(session_id)
        assert before is not None
        (line,) = await desk.flagged()
        (done,) = await desk.decide("reject", line.item_id)
        assert (done.outcome, done.status, done.sessions) == ("decided", "rejected", 1)
        for request in (
            rpc.GetPlaybackBundle(session_id=session_id, user_id="user"),
            rpc.EnsureAudio(session_id=session_id, user_id="user"),
            RequestMixdown(session_id=session_id, user_id="user", minutes=10),
            GetDownload(session_id=session_id, user_id="user"),
        ):
            with pytest.raises(ValidationFailed) as refused:
                await desk.rig.ask(request)
            assert refused.value.details == {"affirmations.1": "attacks somebody"}
        after = await desk.rig.session(session_id)
        assert after is not None
        assert after.version == before.version + 1
        async with desk.rig.store.begin() as unit:
            ids = [session_id, uuid4()]
            assert await unit.moderation.blocked_among(ids) == {session_id}
        # Its owner still reads it, so that they can change the line.
        view = await desk.rig.ask(rpc.GetSession(session_id=session_id, user_id="user"))
        assert view.lines[1] == "I am a little zorbish."
        (again,) = await desk.decide("approve", line.item_id)
        assert again.status == "approved"
        assert (await desk.bundle(session_id)).track
        assert desk.rig.studio.heard(SynthesizeRead) == 4

    async def test_a_job_stops_when_its_line_is_rejected(self, desk: Desk) -> None:
        desk.rig.generations["user"] = 1
        desk.rig.muted = True
        created = await desk.rig.create(draft("I am zorbish."))
        (line,) = await desk.flagged()
        (done,) = await desk.decide("reject", line.item_id)
        await desk.rig.settle()
        job = await desk.rig.job(created.job.id)
        assert (job.stage, done.stopped_jobs) == (Stage.FAILED, 1)
        assert job.error == "A line of this session was not approved for being read aloud"
        assert desk.rig.generations["user"] == 1

    async def test_an_edit_mends_it_and_keeps_what_was_written_first(self, desk: Desk) -> None:
        created = await desk.pending()
        (line,) = await desk.flagged()
        await desk.decide("reject", line.item_id)
        wanted = editing.EditSession(
            session_id=created.session.id, user_id="user", lines=("I breathe in.", "I am kind.")
        )
        await desk.rig.ask(wanted)
        await desk.rig.settle()
        assert (await desk.bundle(created.session.id)).track
        assert await desk.shareable(created.session.id)
        async with desk.rig.store.begin() as unit:
            found = await unit.moderation.page("approved", None, 50, texts=True)
        kind = next(one for one in found if one.text == "I am kind.")
        assert kind.uses[0].original_text == "I am a little zorbish."

    async def test_a_rejected_edit_changes_nothing(self, desk: Desk) -> None:
        created = await desk.rig.create()
        await desk.rig.made(created)
        reserved = len(desk.rig.reserved)
        wanted = editing.EditSession(
            session_id=created.session.id, user_id="user", lines=(LINES[0], "I will zorblax you.")
        )
        with pytest.raises(ValidationFailed):
            await desk.rig.ask(wanted)
        view = await desk.rig.ask(rpc.GetSession(session_id=created.session.id, user_id="user"))
        assert (view.lines, len(desk.rig.reserved)) == (LINES, reserved)
        assert await desk.shareable(created.session.id)

    async def test_a_person_s_word_stands_above_every_other(self, desk: Desk) -> None:
        await desk.pending()
        (line,) = await desk.flagged()
        await desk.decide("approve", line.item_id)
        desk.vendor.words["zorbish"] = rejected(OPENAI, "harassment")
        created = await desk.rig.create(draft("I am a little zorbish."), user="another")
        assert created.created
        assert desk.vendor.asked.count("I am a little zorbish.") == 1

    async def test_many_decisions_are_each_by_itself(self, desk: Desk) -> None:
        await desk.rig.create(draft("I am zorbish.", "I am zorbish too."))
        lines = await desk.flagged()
        unknown = uuid4()
        results = await desk.decide("approve", lines[0].item_id, unknown, lines[1].item_id)
        assert [one.outcome for one in results] == ["decided", "not_found", "decided"]
        again = await desk.decide("approve", *(line.item_id for line in lines))
        assert [one.outcome for one in again] == ["unchanged", "unchanged"]
        assert (await desk.stats()).decided_by_people == 2

    async def test_the_same_create_again_is_not_checked_again(self, desk: Desk) -> None:
        created = await desk.rig.create(draft("I am zorbish."), key="once")
        (line,) = await desk.flagged()
        await desk.decide("reject", line.item_id)
        again = await desk.rig.create(draft("I am zorbish."), key="once")
        assert again.session.id == created.session.id
        with pytest.raises(ValidationFailed):
            await desk.rig.create(draft("I am zorbish."), key="twice")

    async def test_a_struggle_of_self_harm_still_gets_lines_and_help(self, desk: Desk) -> None:
        written = await desk.write(struggle="I think of suicide", goal="find calm", count=4)
        assert len(written.lines) == 4
        assert written.care is not None
        assert written.care.resources[0].url == "https://findahelpline.com"
        assert (await desk.write(goal="find calm")).care is None

    async def test_a_goal_that_nobody_should_have_is_refused(self, desk: Desk) -> None:
        with pytest.raises(ValidationFailed) as refused:
            await desk.write(goal="how I could zorblax people", struggle="shyness")
        assert refused.value.details == {"goal": "attacks somebody"}

    async def test_texts_that_stand_nowhere_are_forgotten(self, desk: Desk) -> None:
        with pytest.raises(ValidationFailed):
            await desk.rig.create(draft("I will zorblax you."))
        address = text_address(KEY, "I will zorblax you.")
        desk.rig.clock.advance(31 * 86_400)
        await desk.rig.wired.recheck.forget()
        async with desk.rig.store.begin() as unit:
            assert await unit.moderation.known([address]) == {}

    async def test_what_waits_is_counted_as_the_queue_counts_it(self, desk: Desk) -> None:
        desk.vendor.away = True
        await desk.rig.create(draft("I breathe in."))
        desk.vendor.away = False
        await desk.rig.create(draft("I am zorbish."))
        stats = await desk.stats()
        async with desk.rig.store.begin() as unit:
            waiting = await unit.moderation.waiting()
        assert (waiting.pending, waiting.unavailable) == (stats.pending, stats.unavailable)
        # The title was asked about again, and stayed approved.
        assert (waiting.pending, waiting.unavailable) == (2, 1)
        assert waiting.oldest == stats.oldest_pending_at

    async def test_a_sweep_does_not_count_everything(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def everything(*_: object) -> None:
            raise AssertionError

        for kind in (MemoryModeration, ModerationRows):
            for slow in ("stats", "forget_unused"):
                if kind is ModerationRows or slow == "forget_unused":
                    monkeypatch.setattr(kind, slow, everything)
        await desk.rig.create(draft("I am zorbish."))
        assert await desk.recheck() == 0


class TestModerationInMemory(ModerationContract):
    @pytest.fixture
    async def desk(self) -> Any:
        desk = Desk()
        await desk.rig.start()
        yield desk
        await desk.rig.stop()

    async def test_decisions_and_reads_are_told_to_the_trail(self, desk: Desk) -> None:
        await desk.pending()
        page = await desk.rig.ask(ReadFlagged(actor="ada", actor_kind="operator"))
        assert page.lines[0].text == "I am a little zorbish."
        await desk.decide("reject", page.lines[0].item_id)
        trail = [m for m in await desk.rig.memory.sent() if isinstance(m, AuditRecorded)]
        told = {entry.action: entry for entry in trail}
        assert set(told) == {"moderation.read", "moderation.decide"}
        assert told["moderation.decide"].before == {
            "status": "pending",
            "reason": "uncertain",
            "category": "harassment",
            "provider": "openai",
            "decided_by": None,
        }
        assert told["moderation.decide"].after == {
            "status": "rejected",
            "sessions": 1,
            "stopped_jobs": 0,
        }
        assert told["moderation.read"].after == {"items": [str(page.lines[0].item_id)]}
        assert "zorbish" not in str([entry.model_dump() for entry in trail])


@pytest.mark.real
class TestModerationInPostgres(ModerationContract):
    @pytest.fixture
    async def desk(self, database: NewDatabase) -> Any:
        desk = Desk((await database("session")).engine)
        await desk.rig.start()
        yield desk
        await desk.rig.stop()
