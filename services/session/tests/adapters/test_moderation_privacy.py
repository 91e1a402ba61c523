"""A person's checked texts go with them, and come in their archive."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from ab_session.adapters.help_lines import load_care
from ab_session.domain.moderation.verdict import text_address
from ab_session.moderation_ports import Checking
from ab_session.usecases.export_user import ExportUser
from ab_shared.contracts.exporting import ExportSessions
from ab_shared.contracts.moderation import DecideLines, Decision, ListFlagged
from ab_shared.contracts.privacy import ErasureRequested
from ab_shared.testing.infra import NewDatabase
from session_memory.moderators import PlayedModerator
from session_memory.rig import KEY, Rig, draft

pytestmark = pytest.mark.real
SHARED, OWN = "I am zorbish like others.", "I am zorbish like nobody."


@pytest.fixture
async def rig(database: NewDatabase) -> Rig:
    made = await database("session")
    rig = Rig(made.engine, Checking(PlayedModerator(), load_care()))
    await rig.start()
    return rig


async def decide(rig: Rig, by: str) -> None:
    page = await rig.ask(ListFlagged())
    decisions = tuple(Decision(item_id=line.item_id, verdict="approve") for line in page.lines)
    await rig.ask(DecideLines(decisions=decisions, actor=by, actor_kind="admin"))


async def erase(rig: Rig, user: str) -> None:
    await rig.broker.send(ErasureRequested(erasure_id=uuid4(), user_id=user))
    await rig.settle()


async def told(rig: Rig, user: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    after: str | None = ""
    while after is not None:
        page = await ExportUser(rig.store)(ExportSessions(user_id=user, after=after))
        for record in page.records:
            found.setdefault(record.kind, []).append(record.data)
        after = page.next
    return found


async def known(rig: Rig, *texts: str) -> list[str]:
    addresses = {text_address(KEY, text): text for text in texts}
    async with rig.store.begin() as unit:
        return sorted(addresses[one] for one in await unit.moderation.known(addresses))


async def test_texts_of_theirs_alone_are_forgotten(rig: Rig) -> None:
    await rig.create(draft(SHARED, OWN), user="ada")
    await rig.create(draft(SHARED), user="bob")
    await rig.settle()
    assert await known(rig, SHARED, OWN) == sorted([SHARED, OWN])
    await erase(rig, "ada")
    assert await known(rig, SHARED, OWN) == [SHARED]
    page = await rig.ask(ListFlagged())
    assert [use.owner_user_id for line in page.lines for use in line.uses] == ["bob"]


async def test_a_decision_outlives_who_decided_without_their_name(rig: Rig) -> None:
    await rig.create(draft(SHARED), user="bob")
    await decide(rig, "ada")
    assert [row["status"] for row in (await told(rig, "ada"))["text-decisions"]] == ["approved"]
    await erase(rig, "ada")
    assert "text-decisions" not in await told(rig, "ada")
    async with rig.store.begin() as unit:
        (judged,) = (await unit.moderation.known([text_address(KEY, SHARED)])).values()
    assert (judged.verdict.status.value, judged.decided_by) == ("approved", "erased")


async def test_an_archive_holds_what_was_found_about_each_text(rig: Rig) -> None:
    created = await rig.create(draft(SHARED, title="Mine"), user="bob")
    rows = (await told(rig, "bob"))["checked-texts"]
    line = next(row for row in rows if row["part"] == "line")
    assert UUID(str(line["sessionId"])) == created.session.id
    assert (line["text"], line["status"], line["reason"]) == (SHARED, "pending", "uncertain")
    assert len(rows) == 2
    assert "checked-texts" not in await told(rig, "ada")
