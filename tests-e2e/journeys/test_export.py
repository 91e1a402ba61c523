"""All that is held of a listener, taken away in one archive."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from ab_client.api import ApiClient
from ab_client.errors import ApiRefusal
from ab_client.jobs import wait_for
from ab_client.me import export
from ab_shared.contracts.http import DraftSession

NewUser = Callable[[], Awaitable[ApiClient]]
pytestmark = pytest.mark.journey


async def a_session(client: ApiClient, title: str, *lines: str) -> str:
    draft = DraftSession(title=title, affirmations=list(lines), voice_id="nova")
    made = await client.create_session(draft)
    await wait_for(client, made.audio_job_id)
    return str(made.id)


def token_of(client: ApiClient) -> str:
    return str(client.authorization).removeprefix("Bearer ")


async def test_lines_and_sound_and_nobody_elses(
    gateway_url: str, new_user: NewUser, tmp_path: Path
) -> None:
    mine, other = await new_user(), await new_user()
    mark, theirs = secrets.token_hex(4), secrets.token_hex(4)
    lines = (f"I rest calmly with {mark}", "I savour my café slowly")
    session_id = await a_session(mine, f"Evening {mark}", *lines)
    other_id = await a_session(other, f"Morning {theirs}", f"I rise with {theirs}")
    other_me = await other.me()
    out = tmp_path / "mine.zip"
    made = await export(gateway_url, token_of(mine), out)
    assert made.bytes == out.stat().st_size
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        (session,) = json.loads(archive.read("session/sessions.json"))
        assert (session["id"], session["title"]) == (session_id, f"Evening {mark}")
        assert session["affirmations"] == list(lines)
        track = archive.read(session["audio"]["file"])
        assert hashlib.sha256(track).hexdigest() == session["audio"]["sha256"]
        bundle = await mine.bundle(session["id"])
        async with httpx.AsyncClient() as store:
            assert (await store.get(str(bundle.affirmations_merged_url))).content == track
        (profile,) = json.loads(archive.read("auth/profile.json"))
        assert profile["id"] == (await mine.me()).id
        assert profile["email"].endswith("@example.com")
        assert json.loads(archive.read("auth/sign-ins.json"))
        assert json.loads(archive.read("entitlement/ledger.json"))
        assert {job["sessionId"] for job in json.loads(archive.read("session/jobs.json"))} == {
            session_id
        }
        assert "not-included.json" not in archive.namelist()
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for foreign in (theirs, other_id, other_me.id):
        assert foreign.encode() not in everything
    assert b"argon2" not in everything


async def test_one_archive_a_day_and_its_job_can_be_watched(new_user: NewUser) -> None:
    mine, other = await new_user(), await new_user()
    asked = await asyncio.gather(*(mine.export() for _ in range(5)))
    (job_id,) = {one.job_id for one in asked}
    done = await wait_for(mine, job_id)
    assert (done.type, done.session_id, done.progress) == ("export", None, 1.0)
    with pytest.raises(ApiRefusal) as refused:
        await other.job(job_id)
    assert refused.value.status == 404
    again = await mine.export(fresh=True)
    assert again.job_id == job_id
    assert again.url is not None
    # The URL is for one object, and its signature for nobody else's.
    async with httpx.AsyncClient() as store:
        whole = await store.get(again.url)
        assert whole.status_code == 200
        assert hashlib.sha256(whole.content).hexdigest() == again.sha256
        bare = await store.get(again.url.split("?")[0])
        assert bare.status_code in {401, 403}
        elsewhere = again.url.replace(str(job_id), str(uuid4()))
        assert (await store.get(elsewhere)).status_code == 403


async def test_who_is_erased_leaves_no_archive(new_user: NewUser) -> None:
    mine = await new_user()
    asked = await mine.export()
    await wait_for(mine, asked.job_id)
    ready = await mine.export()
    assert ready.url is not None
    erased = await mine.erase_me()
    async with httpx.AsyncClient() as store, asyncio.timeout(60):
        while True:
            status = (await store.get(ready.url)).status_code
            if status == 404:
                break
            # Nothing but the object itself goes: its URL is signed for hours.
            assert status == 200
            await asyncio.sleep(0.25)
    assert erased.job_id != asked.job_id
