"""Editing, deleting, duplicating, marking, searching and sharing over HTTP."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_shared.contracts import editing, rpc, sharing
from ab_shared.contracts.base import Empty
from ab_shared.errors import Conflict, FreeLimitReached, NotFound
from ab_shared.runtime.clock import utc_now
from ab_shared.testing.spans import recorded
from gateway_memory.media import MediaAnswers
from gateway_memory.samples import job_of
from prometheus_client import generate_latest

LINE = "I am choosing what is mine."
CATALOGUE_ID = UUID("1c261e4b-7009-482a-928e-5b1b46700c99")


class Owners(MediaAnswers):
    """What the session service does for owners, small."""

    def __init__(self, services: Any) -> None:
        self.services, self.ready, self.jobs = services, services.ready, services.jobs
        self.links: dict[str, sharing.Share] = {}

    def _own(self, session_id: UUID, user_id: str | None) -> rpc.SessionView:
        view = self.services.sessions.get(session_id)
        if view is None or view.owner_user_id != user_id:
            raise NotFound("There is no such session")
        found: rpc.SessionView = view
        return found

    def edit(self, request: editing.EditSession) -> editing.EditedSession:
        view = self._own(request.session_id, request.user_id)
        if request.if_version not in {None, view.version}:
            raise Conflict("This session was changed meanwhile; read it again")
        changes = {"title": request.title, "lines": request.lines, "version": view.version + 1}
        kept = {name: value for name, value in changes.items() if value is not None}
        self.services.sessions[view.id] = view = view.model_copy(update=kept)
        job = job_of(view.id) if request.lines else None
        return editing.EditedSession(session=view, job=job, new_reads=2 if job else 0)

    def delete(self, request: editing.DeleteSession) -> Empty:
        self._own(request.session_id, request.user_id)
        del self.services.sessions[request.session_id]
        return Empty()

    def duplicate(self, request: editing.DuplicateSession) -> rpc.CreatedSession:
        if request.token_hash is not None and request.token_hash not in self.links:
            raise NotFound("This link does not lead anywhere")
        self.services.add_session(request.user_id, request.session_id)
        view = self.services.sessions[request.session_id]
        return rpc.CreatedSession(session=view, job=job_of(view.id), created=True)

    def share(self, request: sharing.ShareSession) -> sharing.Share:
        at = utc_now()
        made = sharing.Share(
            id=uuid4(),
            session_id=self._own(request.session_id, request.user_id).id,
            created_at=at,
            expires_at=at + timedelta(hours=request.expires_in_hours),
        )
        self.links[request.token_hash] = made
        return made

    def listed(self, _request: sharing.ListShares) -> sharing.ShareList:
        return sharing.ShareList(shares=tuple(self.links.values()))

    def shared(self, request: sharing.GetShared) -> sharing.SharedSession:
        link = self.links.get(request.token_hash)
        if link is None:
            raise NotFound("This link does not lead anywhere")
        wanted = rpc.GetPlaybackBundle(session_id=link.session_id, user_id="user_1")
        return sharing.SharedSession(
            title="Mine", lines=(LINE,), expires_at=link.expires_at, bundle=self._bundle(wanted)
        )


@pytest.fixture(autouse=True)
def owners(services: Any) -> Owners:
    """Answers before the gateway starts."""
    made = Owners(services)
    services.more += [
        ("session", editing.EditSession, made.edit),
        ("session", editing.DeleteSession, made.delete),
        ("session", editing.DuplicateSession, made.duplicate),
        ("session", editing.SetFavourite, lambda _: Empty()),
        ("session", sharing.ShareSession, made.share),
        ("session", sharing.ListShares, made.listed),
        ("session", sharing.RevokeShare, lambda _: Empty()),
        ("session", sharing.GetShared, made.shared),
    ]
    return made


@pytest.fixture
def mine(services: Any) -> UUID:
    made: UUID = services.add_session("user_1")
    return made


async def patch(world: Any, session_id: UUID, body: Any, **headers: str) -> Any:
    sent = {**world.auth(), **{name.replace("_", "-"): text for name, text in headers.items()}}
    return await world.client.patch(f"/v1/sessions/{session_id}", json=body, headers=sent)


async def test_an_edit_is_seen_at_once(world: Any, mine: UUID) -> None:
    path = f"/v1/sessions/{mine}"
    before = await world.client.get(path, headers=world.auth())
    await world.client.get("/v1/sessions", headers=world.auth())
    answer = await patch(world, mine, {"title": "Evening", "affirmations": [f" {LINE} "]})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["title"], body["affirmations"], body["_newReads"]) == ("Evening", [LINE], 2)
    assert UUID(body["_audioJobId"])
    assert "audio" not in body
    assert int(answer.headers["retry-after"]) >= 1
    after = await world.client.get(path, headers=world.auth())
    assert after.json()["title"] == "Evening"
    assert after.headers["etag"] == answer.headers["etag"] != before.headers["etag"]
    rows = (await world.client.get("/v1/sessions", headers=world.auth())).json()["sessions"]
    assert "Evening" in {row["title"] for row in rows}


async def test_what_is_left_out_is_left_alone_and_null_takes_away(world: Any, mine: UUID) -> None:
    await patch(world, mine, {"title": "T", "ownerUserId": "user_2", "unknown": 1})
    await patch(world, mine, {"goalTag": None, "title": None})
    await patch(world, mine, {"solfeggioHz": 528})
    await patch(world, mine, {"solfeggioHz": None})
    first, second, third, fourth = world.services.asked_for(editing.EditSession)
    assert (first.title, first.goal, first.bed, first.lines) == ("T", None, None, None)
    assert (second.title, second.goal) == (None, editing.NewGoal(tag=None))
    assert third.bed == editing.Bed(solfeggio_hz=528)
    assert fourth.bed == editing.Bed()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": " "}, "title"),
        ({"affirmations": []}, "affirmations"),
        ({"affirmations": ["I am", "<b></b>"]}, "affirmations[1]"),
        ({"pace": "fast"}, "pace"),
        ({"solfeggioHz": 0}, "solfeggioHz"),
        ({"voiceId": ""}, "voiceId"),
    ],
)
async def test_bad_edits_name_their_field(world: Any, mine: UUID, body: Any, field: str) -> None:
    answer = await patch(world, mine, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert field in answer.json()["details"]
    assert not world.services.asked_for(editing.EditSession)


async def test_only_what_was_seen_is_edited(world: Any, mine: UUID) -> None:
    path = f"/v1/sessions/{mine}"
    tag = (await world.client.get(path, headers=world.auth())).headers["etag"]
    gzipped = tag.removesuffix('"') + '-gzip"'
    done = await patch(world, mine, {"title": "First"}, If_Match=f'"x", W/{gzipped}')
    assert done.status_code == 200
    late = await patch(world, mine, {"title": "Second"}, If_Match=tag)
    assert (late.status_code, late.json()["code"]) == (409, "CONFLICT")
    assert (await patch(world, mine, {"title": "Third"}, If_Match="*")).status_code == 200
    chained = await patch(world, mine, {"title": "Fourth"}, If_Match=done.headers["etag"])
    assert chained.status_code == 409


async def test_an_edit_under_a_key_is_done_once(world: Any, mine: UUID) -> None:
    key = {"Idempotency_Key": "edit-one"}
    first = await patch(world, mine, {"affirmations": [LINE]}, **key)
    again = await patch(world, mine, {"affirmations": [LINE]}, **key)
    other = await patch(world, mine, {"affirmations": [LINE, LINE]}, **key)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "CONFLICT")
    (asked,) = world.services.asked_for(editing.EditSession)
    assert asked.edit_id is not None


async def test_an_edit_can_be_refused(world: Any, mine: UUID) -> None:
    assert (await patch(world, uuid4(), {"title": "T"})).status_code == 404
    other = world.services.add_session("user_2")
    assert (await patch(world, other, {"title": "T"})).json()["code"] == "NOT_FOUND"
    bare = await world.client.patch(f"/v1/sessions/{mine}", json={"title": "T"})
    assert bare.status_code == 401
    world.refuse(FreeLimitReached("All generations of today are used"))
    answer = await patch(world, mine, {"affirmations": [LINE]})
    assert (answer.status_code, answer.json()["code"]) == (403, "FREE_LIMIT_REACHED")


async def test_a_deleted_session_is_gone_from_what_is_kept(world: Any, mine: UUID) -> None:
    path = f"/v1/sessions/{mine}"
    await world.client.get(path, headers=world.auth())
    await world.client.get("/v1/sessions", headers=world.auth())
    answer = await world.client.delete(path, headers=world.auth())
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert (await world.client.get(path, headers=world.auth())).status_code == 404
    rows = (await world.client.get("/v1/sessions", headers=world.auth())).json()["sessions"]
    assert str(mine) not in {row["id"] for row in rows}


async def test_a_copy_is_made_like_a_session(world: Any) -> None:
    path = f"/v1/sessions/{CATALOGUE_ID}/duplicate"
    draft = {"localDraftId": str(uuid4()), "title": "My own"}
    first = await world.client.post(path, json=draft, headers=world.auth())
    again = await world.client.post(path, json=draft, headers=world.auth())
    bare = await world.client.post(path, headers=world.auth())
    assert [answer.status_code for answer in (first, again, bare)] == [201] * 3
    assert first.headers["location"] == f"/v1/sessions/{first.json()['id']}"
    assert first.json()["_audioJobId"]
    assert first.json()["id"] == again.json()["id"] != bare.json()["id"]
    asked = world.services.asked_for(editing.DuplicateSession)
    assert [one.title for one in asked] == ["My own", "My own", None]


async def test_favourites_and_searches_reach_the_session_service(world: Any, mine: UUID) -> None:
    path = f"/v1/sessions/{mine}/favourite"
    for method, favourite in (("PUT", True), ("DELETE", False)):
        answer = await world.client.request(method, path, headers=world.auth())
        assert answer.status_code == 204
        assert world.services.asked_for(editing.SetFavourite)[-1].favourite is favourite
    query = "q=caf%C3%A9&goal=sleep&favourites=true&limit=5"
    await world.client.get(f"/v1/sessions?{query}", headers=world.auth())
    asked = world.services.asked_for(rpc.ListSessions)[-1]
    assert (asked.sought, asked.goal, asked.favourites) == ("café", "sleep", True)
    for query in ("q=%00", f"q={'a' * 101}", "favourites=perhaps"):
        answer = await world.client.get(f"/v1/sessions?{query}", headers=world.auth())
        assert answer.status_code == 400


async def test_a_search_is_not_kept_for_the_first_page(world: Any) -> None:
    for query in ("?q=nothing", "", "?q=nothing"):
        await world.client.get(f"/v1/sessions{query}", headers=world.auth())
    asked = world.services.asked_for(rpc.ListSessions)
    assert [one.sought for one in asked] == ["nothing", None, "nothing"]


async def shared(world: Any, session_id: UUID, **headers: str) -> Any:
    return await world.client.post(
        f"/v1/sessions/{session_id}/share",
        json={"expiresInHours": 2},
        headers={**world.auth(), **headers},
    )


async def test_a_link_opens_for_anybody_who_has_it(
    world: Any, mine: UUID, owners: Owners, caplog: pytest.LogCaptureFixture
) -> None:
    world.services.ready.add(mine)
    caplog.set_level(logging.DEBUG)
    made = await shared(world, mine)
    assert made.status_code == 201
    token, path = made.json()["token"], made.json()["path"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    # What another service learns of it does not open anything.
    assert list(owners.links) == [sha256(token.encode()).hexdigest()]
    with recorded() as spans:
        answer = await world.client.get(path)
    assert answer.status_code == 200
    assert "GET /shared/{token}" in [span.name for span in spans]
    assert token not in str([span.to_json() for span in spans])
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["title"], body["affirmations"]) == ("Mine", [LINE])
    # No URL in it outlives the link.
    assert body["bundle"]["expiresAt"] <= body["expiresAt"]
    copy = await world.client.post(f"{path}/duplicate", headers=world.auth("user_2"))
    assert copy.status_code == 201
    listed = await world.client.get(f"/v1/sessions/{mine}/shares", headers=world.auth())
    assert set(listed.json()["shares"][0]) == {"id", "createdAt", "expiresAt"}
    gone = await world.client.delete(
        f"/v1/sessions/{mine}/shares/{made.json()['id']}", headers=world.auth()
    )
    assert gone.status_code == 204
    # The client of this test writes down where it went; the gateway does not.
    told = [str(vars(record)) for record in caplog.records if record.name != "httpx"]
    assert [line for line in told if "/shared/{token}" in line]
    assert not [line for line in told if token in line]
    assert token.encode() not in generate_latest()


async def test_every_link_that_leads_nowhere_looks_the_same(world: Any) -> None:
    said = []
    for token in ("short", "A" * 43, "%2e%2e", "B" * 43 + "=", "ü" * 43):
        answer = await world.client.get(f"/v1/shared/{token}")
        assert answer.status_code == 404
        body = answer.json()
        body.pop("requestId")
        said.append(body)
        copied = await world.client.post(f"/v1/shared/{token}/duplicate", headers=world.auth())
        assert copied.status_code == 404
    assert all(body == said[0] for body in said)


async def test_guessing_links_is_limited_by_address(start: Any) -> None:
    world = await start(rate_limit_per_minute=5)
    answers = [await world.client.get(f"/v1/shared/{'A' * 42}{n}") for n in range(8)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 3


async def test_the_same_key_is_the_same_link(world: Any, mine: UUID) -> None:
    key = {"Idempotency-Key": "link-one"}
    first, again = await shared(world, mine, **key), await shared(world, mine, **key)
    assert first.json() == again.json()
    assert len(world.services.asked_for(sharing.ShareSession)) == 1
    other = await shared(world, mine)
    assert other.json()["token"] != first.json()["token"]


async def test_whoever_impersonates_reads_only(world: Any, mine: UUID) -> None:
    acting = world.auth("user_1", act={"sub": "helper"})
    asked = [
        ("PATCH", f"/v1/sessions/{mine}", {"title": "T"}),
        ("DELETE", f"/v1/sessions/{mine}", None),
        ("POST", f"/v1/sessions/{mine}/duplicate", {}),
        ("PUT", f"/v1/sessions/{mine}/favourite", None),
        ("POST", f"/v1/sessions/{mine}/share", {}),
    ]
    for method, path, body in asked:
        answer = await world.client.request(method, path, json=body, headers=acting)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    listed = await world.client.get(f"/v1/sessions/{mine}/shares", headers=acting)
    assert listed.status_code == 200
