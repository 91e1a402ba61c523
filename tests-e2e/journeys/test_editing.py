"""What listeners do with a session after it is made: edit, mark, find, share, copy, delete."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.library import Library
from ab_shared.contracts.http import CreatedSessionV3, DraftSession
from ab_shared.contracts.http_library import EditIn
from failures.listener import new_line

pytestmark = pytest.mark.journey
WAKE_UP = "1c261e4b-7009-482a-928e-5b1b46700c99"


async def made(user: ApiClient, *, lines: int = 2) -> CreatedSessionV3:
    draft = DraftSession(
        title="Évening calm",
        goal_tag="sleep",
        affirmations=[new_line() for _ in range(lines)],
        voice_id="nova",
    )
    created = await user.create_session(draft)
    await wait_for(user, created.audio_job_id)
    return created


async def test_one_line_edited_is_two_reads(user: ApiClient) -> None:
    library, session = Library(user), await made(user)
    before = (await user.entitlement()).remaining_free_generations_today
    lines = [session.affirmations[0], new_line()]
    edited = await library.edit(session.id, EditIn(affirmations=lines), idempotency_key="once")
    assert (edited.affirmations, edited.new_reads, edited.audio) == (lines, 2, None)
    assert edited.audio_job_id is not None
    job = await wait_for(user, edited.audio_job_id)
    assert (job.status, job.counts["reads"], job.counts["reused"]) == ("completed", 4, 2)
    assert (job.counts["spoken"], job.counts["prepared"]) == (2, 2)
    again = await library.edit(session.id, EditIn(affirmations=lines), idempotency_key="once")
    assert again.audio_job_id == edited.audio_job_id
    assert (await user.entitlement()).remaining_free_generations_today == before - 1
    captions = await user.captions(session.id)
    assert [cue.text for cue in captions.cues] == [line for line in lines for _ in range(2)]
    # Back again: everything is there, and nothing is taken.
    back = await library.edit(session.id, EditIn(affirmations=session.affirmations))
    assert back.new_reads == 0
    assert back.audio is not None
    assert (await user.entitlement()).remaining_free_generations_today == before - 1


async def test_a_title_and_a_bed_keep_the_audio(user: ApiClient) -> None:
    library, session = Library(user), await made(user, lines=1)
    edited = await library.edit(session.id, EditIn(title="Night", solfeggio_hz=528))
    assert (edited.title, edited.solfeggio_hz, edited.new_reads) == ("Night", 528, 0)
    assert edited.audio is not None
    state = await user.ensure_audio(session.id)
    if state.job_id is not None:
        await wait_for(user, state.job_id)
    bundle = await user.bundle(session.id)
    assert bundle.binaural is None
    assert bundle.solfeggio is not None
    with pytest.raises(ApiRefusal) as refused:
        await library.edit(session.id, EditIn(title="Late"), if_match='"of another time"')
    assert (refused.value.status, refused.value.error.code) == (409, "CONFLICT")


async def test_what_is_marked_and_sought_is_found(user: ApiClient) -> None:
    library, session = Library(user), await made(user, lines=1)
    await library.mark(session.id)
    await library.mark(WAKE_UP)
    marked = await library.search(favourites=True, limit=1)
    assert [str(row.id) for row in marked.sessions] == [WAKE_UP]
    rest = await library.search(favourites=True, limit=1, cursor=marked.next_cursor)
    assert [(row.id, row.favourite) for row in rest.sessions] == [(session.id, True)]
    found = await library.search(q="EVENING", goal="Sleep")
    assert [row.id for row in found.sessions] == [session.id]
    await library.mark(WAKE_UP, favourite=False)
    assert len((await library.search(favourites=True)).sessions) == 1


async def test_a_link_lets_others_hear_and_copy_until_it_is_revoked(
    user: ApiClient, new_user: Any, stack: dict[str, Any]
) -> None:
    library, session = Library(user), await made(user)
    link = await library.share(session.id, hours=1)
    async with ApiClient(stack["gateway_url"]) as anybody:
        shown = await Library(anybody).open(link.token)
    assert (shown.title, shown.affirmations) == (session.title, session.affirmations)
    assert shown.bundle is not None
    async with httpx.AsyncClient(timeout=30) as player:
        heard = await player.get(shown.bundle.affirmations_merged_url)
    assert heard.status_code == 200
    friend = await new_user()
    copy = await Library(friend).duplicate_shared(link.token, title="From a friend")
    assert (await wait_for(friend, copy.audio_job_id)).status == "completed"
    assert [share.id for share in (await library.shares(session.id)).shares] == [link.id]
    await library.revoke(session.id, link.id)
    with pytest.raises(ApiRefusal) as refused:
        await library.open(link.token)
    assert refused.value.status == 404
    assert (await friend.session(copy.id)).affirmations == session.affirmations


async def test_a_copy_of_the_catalogue_and_a_deletion(user: ApiClient) -> None:
    library, draft_id = Library(user), uuid4()
    copy = await library.duplicate(WAKE_UP, title="My wake up", idempotency_key="copy")
    assert copy.owner_user_id == (await user.me()).id
    await library.delete(copy.id)
    await library.delete(copy.id)
    with pytest.raises(ApiRefusal) as refused:
        await user.session(copy.id)
    assert refused.value.status == 404
    with pytest.raises(ApiRefusal) as refused:
        await library.edit(WAKE_UP, EditIn(title="Mine"))
    assert refused.value.status == 403
    draft = DraftSession(
        title="Gone", affirmations=[new_line()], voice_id="nova", local_draft_id=draft_id
    )
    created = await user.create_session(draft)
    await library.delete(created.id)
    with pytest.raises(ApiRefusal) as refused:
        await user.create_session(draft)
    assert (refused.value.status, refused.value.error.code) == (409, "CONFLICT")
    # Stopped, unless it was quicker.
    assert (await user.job(created.audio_job_id)).status in {"failed", "completed"}
