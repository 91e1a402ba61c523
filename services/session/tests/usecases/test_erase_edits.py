"""What edits and deletions leave behind is told to its owner, and goes with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from ab_session.domain.erasing import reads_of
from ab_session.usecases.export_user import ExportUser
from ab_shared.contracts import editing, sharing
from ab_shared.contracts.exporting import ExportSessions
from ab_shared.contracts.privacy import EraseAudio, EraseSpeech, ErasureRequested
from session_memory.rig import KEY, Rig, draft
from session_memory.studio import recipe

pytestmark = pytest.mark.real
OLD, SHARED, NEW = "I keep this to myself.", "I share this with a friend.", "I write this anew."
GONE = "I have this in what I delete."
ERASURE = UUID(int=8)


async def exported(rig: Rig, user: str) -> dict[str, list[dict[str, Any]]]:
    """All pages by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    after = ""
    while True:
        page = await ExportUser(rig.store)(ExportSessions(user_id=user, after=after, limit=100))
        for record in page.records:
            found.setdefault(record.kind, []).append(record.data)
        if page.next is None:
            return found
        after = page.next


async def lived(rig: Rig) -> None:
    """A listener edits one session and deletes another; a friend has one of the lines."""
    await rig.made(await rig.create(draft(SHARED), user="friend"))
    mine = await rig.create(draft(OLD, SHARED))
    await rig.made(mine)
    other = await rig.create(draft(GONE))
    await rig.made(other)
    same = {"session_id": mine.session.id, "user_id": "user"}
    await rig.ask(editing.EditSession(**same, lines=(NEW,)))
    await rig.settle()
    await rig.ask(editing.DeleteSession(session_id=other.session.id, user_id="user"))
    await rig.ask(editing.SetFavourite(**same, favourite=True))
    await rig.ask(sharing.ShareSession(**same, token_hash="a" * 64))


async def test_the_sounds_of_edited_and_deleted_lines_go_with_their_owner(
    postgres_rig: Rig,
) -> None:
    rig = postgres_rig
    await lived(rig)
    async with rig.store.begin() as unit:
        tracks = (await unit.library.left_sounds("user")).tracks
    # Of the deleted session, and of the other one before its edit.
    assert len(tracks) == 2
    await rig.broker.send(ErasureRequested(erasure_id=ERASURE, user_id="user"))
    await rig.settle()
    spoken = {name for c in rig.broker.messages(EraseSpeech) for name in c.speech}
    wanted = reads_of(KEY, [(line, recipe()) for line in (OLD, NEW, GONE)])
    assert spoken == wanted.speech
    audio = rig.broker.messages(EraseAudio)
    assert {name for c in audio for name in c.prepared} == wanted.prepared
    gone = {name for c in audio for name in c.tracks}
    assert tracks <= gone
    # Before the edit, after it, and of the deleted session.
    assert len(gone) == 3


async def test_nothing_of_the_erased_stays_in_these_tables(
    postgres_rig: Rig,
) -> None:
    await lived(postgres_rig)
    told = await exported(postgres_rig, "user")
    assert {held["affirmation"] for held in told["past-lines"]} == {OLD, SHARED, GONE}
    assert [len(told[kind]) for kind in ("favourites", "links", "deleted-sessions")] == [1, 1, 1]
    assert told["sessions"][0]["affirmations"] == [NEW]
    assert "token_hash" not in str(told)
    await postgres_rig.broker.send(ErasureRequested(erasure_id=ERASURE, user_id="user"))
    await postgres_rig.settle()
    assert await exported(postgres_rig, "user") == {}
