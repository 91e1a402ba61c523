"""Hot reads are answered from what is kept, never show what is old, and cost nothing to repeat."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_gateway.usecases.sign_urls import STEP_SECONDS, SignUrls
from ab_shared.contracts import rpc
from ab_shared.contracts.events import SessionChanged
from ab_shared.testing.clock import FakeClock

CATALOGUE_ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")
CATALOGUE = f"/v1/sessions/{CATALOGUE_ID}"
DRAFT = {"title": "Calm", "voiceId": "nova", "affirmations": ["I rest"]}


def changed(world: Any, session_id: UUID, **fields: Any) -> SessionChanged:
    """A session as another process has changed it, and the news of that."""
    view = world.services.sessions[session_id]
    after = view.model_copy(update={"version": view.version + 1, **fields})
    world.services.sessions[session_id] = after
    return SessionChanged(
        session_id=session_id, owner_user_id=view.owner_user_id, version=after.version
    )


async def hears(world: Any, event: SessionChanged) -> None:
    await world.broker.send(event)
    await world.broker.settle()


async def test_a_session_is_asked_for_once_until_it_changes(world: Any) -> None:
    mine = world.services.add_session("user_1")
    for _ in range(3):
        assert (await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())).is_success
    assert len(world.services.asked_for(rpc.GetSession)) == 1
    await hears(world, changed(world, mine, title="Another"))
    answer = await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())
    assert answer.json()["title"] == "Another"


async def test_what_is_gone_is_gone_at_once(world: Any) -> None:
    mine = world.services.add_session("user_1")
    await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())
    news = changed(world, mine).model_copy(update={"deleted": True})
    del world.services.sessions[mine]
    await hears(world, news)
    answer = await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())
    assert answer.status_code == 404


async def test_nobody_is_shown_what_is_kept_of_another(world: Any) -> None:
    mine = world.services.add_session("user_1")
    await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())
    other = await world.client.get(f"/v1/sessions/{mine}", headers=world.auth("user_2"))
    nobody = await world.client.get(f"/v1/sessions/{mine}")
    assert (other.status_code, nobody.status_code) == (404, 401)
    # Asked for as if nothing were kept.
    assert len(world.services.asked_for(rpc.GetSession)) == 3
    lists = [
        (await world.client.get("/v1/sessions", headers=headers)).json()["sessions"]
        for headers in (world.auth(), world.auth("user_2"), {})
        for _ in range(2)
    ]
    assert [str(mine) in {row["id"] for row in rows} for rows in lists] == [True] * 2 + [False] * 4


async def test_everybody_shares_the_catalogue(world: Any) -> None:
    for headers in ({}, world.auth(), world.auth("user_2")):
        assert (await world.client.get(CATALOGUE, headers=headers)).is_success
    assert len(world.services.asked_for(rpc.GetSession)) == 1


async def test_the_list_is_new_after_an_own_write_and_after_news(world: Any) -> None:
    async def titles() -> list[str]:
        answer = await world.client.get("/v1/sessions", headers=world.auth())
        return [row["id"] for row in answer.json()["sessions"]]

    assert len(await titles()) == len(await titles()) == 1
    assert len(world.services.asked_for(rpc.ListSessions)) == 1
    made = await world.client.post("/v1/sessions", json=DRAFT, headers=world.auth())
    assert made.json()["id"] in await titles()
    elsewhere = world.services.add_session("user_1")
    await hears(world, changed(world, elsewhere))
    assert str(elsewhere) in await titles()
    curated = world.services.add_session(None)
    await hears(world, changed(world, curated))
    assert str(curated) in await titles()


@pytest.mark.parametrize(
    "path", [CATALOGUE, "/v1/sessions", "/v1/me", "/v1/me/entitlement", "/v1/catalog/frequencies"]
)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_what_is_held_is_not_sent_again(world: Any, path: str, encoding: str) -> None:
    headers = {**world.auth(), "Accept-Encoding": encoding}
    first = await world.client.get(path, headers=headers)
    tag = first.headers["etag"]
    assert tag.startswith('"')
    for named in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = await world.client.get(path, headers={**headers, "If-None-Match": named})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] in {tag, tag.replace("-gzip", "")}
        assert again.headers["cache-control"] == first.headers["cache-control"]
        assert "content-type" not in again.headers
    other = await world.client.get(path, headers={**headers, "If-None-Match": '"x"'})
    assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_a_tag_is_of_the_session_and_its_track_not_of_the_url(world: Any) -> None:
    mine = world.services.add_session("user_1")

    async def tag() -> str:
        answer = await world.client.get(f"/v1/sessions/{mine}", headers=world.auth())
        return str(answer.headers["etag"])

    silent = await tag()
    world.services.ready.add(mine)
    await hears(world, changed(world, mine))
    sounding = await tag()
    assert sounding != silent
    held = {**world.auth(), "If-None-Match": sounding}
    assert (await world.client.get(f"/v1/sessions/{mine}", headers=held)).status_code == 304
    await hears(world, changed(world, mine, title="Other"))
    assert (await world.client.get(f"/v1/sessions/{mine}", headers=held)).status_code == 200


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/health", "x=1"),
        ("/me/entitlement", "x=1"),
        ("/sessions", "limit=50"),
        (f"/sessions/{CATALOGUE_ID}", "x=1"),
        ("/sessions/1c261e4b-7009-482a-928e-5b1b46700c9-", "x=1"),
        ("/sessions/00000000-0000-4000-8000-000000000000", "x=1"),
    ],
)
@pytest.mark.parametrize("sent", ["token", "nothing", "nonsense"])
async def test_the_short_way_answers_as_the_long_one(
    world: Any, path: str, query: str, sent: str
) -> None:
    headers = {"nothing": {}, "nonsense": {"Authorization": "Bearer a.b.c"}}.get(sent, world.auth())
    headers = {**headers, "X-Request-Id": "alwaysthesame", "Accept-Encoding": "identity"}
    short = await world.client.get(f"/v1{path}", headers=headers)
    bare = await world.client.get(path, headers=headers)
    long = await world.client.get(f"/v1{path}?{query}", headers=headers)
    for answer in (short, bare):
        assert (answer.status_code, answer.content) == (long.status_code, long.content)
        assert {*answer.headers} == {*long.headers}


def test_a_url_is_signed_once_for_a_while_and_lives_as_long_as_promised() -> None:
    clock, signed = FakeClock(datetime(2026, 1, 5, tzinfo=UTC)), []

    class Signer:
        def sign(self, key: str, *, expires_at: datetime) -> str:
            signed.append(key)
            return f"{key}?{expires_at.timestamp():.0f}"

    signing = SignUrls(Signer(), clock, 3600)
    clock.advance(7)
    for _ in range(40):
        now = signing()
        promised = clock() + timedelta(seconds=3600)
        assert promised <= now.expires_at <= promised + timedelta(seconds=STEP_SECONDS)
        assert now.sign("a") == f"a?{now.expires_at.timestamp():.0f}"
        clock.advance(30)
    assert 3 <= len(signed) <= 6
    soon = clock() + timedelta(seconds=60)
    assert signing(not_after=soon).expires_at <= soon


async def test_a_session_that_is_read_says_that_it_may_not_be_stored(world: Any) -> None:
    answer = await world.client.get(CATALOGUE)
    assert answer.headers["cache-control"] == "no-store"
    missing = await world.client.get(f"/v1/sessions/{uuid4()}", headers=world.auth())
    assert "etag" not in missing.headers


@pytest.mark.parametrize("path", ["/v1/health", CATALOGUE, "/v1/catalog/voices", "/v1/nothing"])
async def test_a_head_is_what_get_answers_without_its_body(world: Any, path: str) -> None:
    head, get = [await world.client.request(method, path) for method in ("HEAD", "GET")]
    assert head.content == b"" != get.content
    assert head.status_code == get.status_code
    names = ("content-length", "content-type", "etag", "cache-control")
    assert [head.headers.get(name) for name in names] == [get.headers.get(name) for name in names]


async def test_nobody_follows_a_stream_by_its_head(world: Any) -> None:
    answer = await world.client.head(f"/v1/jobs/{uuid4()}/events", headers=world.auth())
    assert answer.status_code == 405
