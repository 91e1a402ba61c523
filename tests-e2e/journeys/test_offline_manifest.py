"""Files kept offline: each layer, changes since a version, licences, and what a downgrade does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.keeping import Keeping
from ab_client.library import Library
from ab_client.lines import new_line
from ab_shared.contracts.http import CreatedSessionV3, DraftSession
from ab_shared.contracts.http_library import EditIn
from ab_shared.contracts.http_mixdowns import DownloadItemOut, MixdownIn
from simulators.revenuecat_control import Control

pytestmark = pytest.mark.journey
PATIENT_SECONDS = 30.0
PIECES = 5


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENT_SECONDS):
        while True:
            if await true():
                return
            await asyncio.sleep(0.1)


@pytest.fixture
async def vendor(stack: dict[str, Any]) -> Any:
    async with Control(stack["simulators"]["revenuecat"]) as control:
        yield control


@pytest.fixture
async def listener(user: ApiClient, vendor: Control) -> ApiClient:
    """Somebody who has bought the pro plan."""

    async def is_pro() -> bool:
        return (await user.entitlement()).plan == "pro"

    await vendor.act("purchase", (await user.me()).id)
    await until(is_pro)
    return user


async def made(user: ApiClient, *lines: str) -> CreatedSessionV3:
    draft = DraftSession(
        title="Private words", affirmations=list(lines) or [new_line()], voice_id="nova"
    )
    created = await user.create_session(draft)
    await wait_for(user, created.audio_job_id)
    return created


async def in_pieces(item: DownloadItemOut) -> bytes:
    """A file, resumed again and again as a phone does, only while it is the same file."""
    have, etag = b"", None
    async with httpx.AsyncClient(timeout=30) as phone:
        while len(have) < item.bytes:
            last = min(item.bytes, len(have) + item.bytes // PIECES + 1) - 1
            headers = {"Range": f"bytes={len(have)}-{last}"}
            if etag is not None:
                headers["If-Range"] = etag
            piece = await phone.get(item.url, headers=headers)
            assert piece.status_code == 206
            assert piece.headers["content-range"] == f"bytes {len(have)}-{last}/{item.bytes}"
            etag = etag or piece.headers["etag"]
            # A weak one would not let a download go on.
            assert etag == piece.headers["etag"]
            assert etag.startswith('"')
            have += piece.content
    return have


async def test_every_layer_can_be_kept_in_pieces_and_is_what_it_says(listener: ApiClient) -> None:
    session = await made(listener)
    pending = await listener.mixdown(session.id, MixdownIn(minutes=5))
    if pending.job_id is not None:
        await wait_for(listener, pending.job_id)
    manifest = await Keeping(listener).manifest(session.id)
    assert [item.role for item in manifest.items] == [
        *("affirmations", "binaural", "background", "mixdown")
    ]
    for item in manifest.items:
        assert item.asset_id in item.url
        file = await in_pieces(item)
        assert hashlib.sha256(file).hexdigest() == item.sha256
    mixdown = manifest.items[-1]
    assert mixdown.file_name == "Private words 5 min.m4a"
    assert "Private" not in mixdown.url
    assert manifest.licence is not None
    assert manifest.licence.issued_at < manifest.licence.expires_at


async def test_a_phone_is_told_what_changed_and_nothing_when_nothing_did(
    listener: ApiClient,
) -> None:
    keeping = Keeping(listener)
    session = await made(listener, new_line(), new_line())
    first = await keeping.manifest(session.id)
    headers = {"Authorization": listener.authorization or ""}
    async with httpx.AsyncClient(base_url=listener.base_url, headers=headers) as app:
        path = f"/v1/sessions/{session.id}/download"
        etag = (await app.get(path)).headers["etag"]
        unchanged = await app.get(path, headers={"If-None-Match": etag})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
    edited = await Library(listener).edit(
        session.id, EditIn(affirmations=[session.affirmations[0], new_line()])
    )
    if edited.audio_job_id is not None:
        await wait_for(listener, edited.audio_job_id)
    change = await keeping.manifest(session.id, first.version)
    assert change.since == first.version
    assert [item.role for item in change.items] == ["affirmations"]
    assert change.removed == [first.items[0].asset_id]
    (kept,) = (await keeping.shelf()).sessions
    assert (kept.session_id, kept.state, kept.version) == (session.id, "valid", change.version)
    await keeping.forget(session.id)
    assert (await keeping.shelf()).sessions == []


async def test_a_downgrade_locks_what_is_kept_and_an_upgrade_opens_it(
    listener: ApiClient, vendor: Control
) -> None:
    keeping = Keeping(listener)
    session = await made(listener)
    held = await keeping.manifest(session.id)
    user_id = (await listener.me()).id

    async def stands(state: str) -> bool:
        return (await keeping.shelf()).sessions[0].state == state

    await vendor.act("refund", user_id)
    await until(lambda: stands("expired"))
    with pytest.raises(ApiRefusal) as refusal:
        await keeping.manifest(session.id)
    assert refusal.value.error.code == "ENTITLEMENT_REQUIRED"
    shelf = await keeping.shelf()
    assert shelf.licence is None
    assert shelf.sessions[0].delete_at is not None
    await vendor.act("purchase", user_id)
    await until(lambda: stands("valid"))
    again = await keeping.manifest(session.id, held.version)
    assert (again.items, again.removed) == ([], [])


async def test_a_session_that_is_deleted_has_to_go(listener: ApiClient) -> None:
    keeping = Keeping(listener)
    session = await made(listener)
    await keeping.manifest(session.id)
    await Library(listener).delete(session.id)
    (kept,) = (await keeping.shelf()).sessions
    assert (kept.session_id, kept.state, kept.version) == (session.id, "revoked", None)
