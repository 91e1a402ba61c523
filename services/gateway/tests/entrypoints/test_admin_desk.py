"""Sessions, sounds, users and numbers on the admin surface: who asked travels along."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from ab_shared.contracts import analytics, desk_stats, inspecting, privacy, session_desk, user_desk
from ab_shared.contracts.admin import Role
from gateway_memory.administration import LISTENER, Administration
from gateway_memory.desk import LINES, SESSION

BOSS = "user_boss"
PLACE = f"/sessions/{SESSION}"
WHY = {"reason": "the owner wrote to us"}


@pytest.fixture
def office(services: Any) -> Administration:
    made = Administration(services)
    made.hold(BOSS, Role.ADMIN)
    return made


@pytest.fixture
async def world(start: Any, office: Administration) -> Any:
    # Its answers are served from the start of the gateway on.
    assert office.services.more
    return await start()


async def ask(world: Any, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {**world.auth(BOSS), **more.pop("headers", {})}
    answer: httpx.Response = await world.client.request(
        method, f"/v1/admin{path}", headers=headers, **more
    )
    return answer


def deeds(office: Administration, kind: type[Any]) -> list[Any]:
    return [deed for deed in office.deeds if isinstance(deed, kind)]


async def test_sessions_are_paged_without_what_anybody_wrote(
    world: Any, office: Administration
) -> None:
    page = await ask(world, "GET", "/sessions?state=ready&goal=Sleep&source=user&limit=900")
    assert page.status_code == 200
    (row,) = page.json()["sessions"]
    assert (row["id"], row["state"], row["lines"]) == (str(SESSION), "ready", 1)
    assert "title" not in row
    assert LINES[0] not in page.text
    cursor = page.json()["nextCursor"]
    await ask(world, "GET", f"/sessions?cursor={cursor}&ownerUserId={LISTENER}")
    first, second = [a for a in office.desk.asked if isinstance(a, session_desk.ListAnySessions)]
    assert (first.state, first.goal, first.source, first.limit) == ("ready", "Sleep", "user", 200)
    assert second.before is not None
    assert second.before.session_id == SESSION
    assert second.owner_user_id == LISTENER
    for wrong in ("cursor=x", "cursor=MTIz", "state=odd", "source=odd"):
        assert (await ask(world, "GET", f"/sessions?{wrong}")).status_code == 400, wrong


async def test_one_session(world: Any) -> None:
    assert (await ask(world, "GET", PLACE)).json()["ownerUserId"] == LISTENER
    assert (await ask(world, "GET", f"/sessions/{uuid4()}")).status_code == 404
    wrong = await ask(world, "GET", "/sessions/odd")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "INVALID_SESSION_ID")


async def test_lines_need_a_reason(world: Any, office: Administration) -> None:
    for body in ({}, {"reason": " "}, {"reason": None}):
        assert (await ask(world, "POST", f"{PLACE}/lines", json=body)).status_code == 400
    assert not office.deeds
    read = await ask(world, "POST", f"{PLACE}/lines", json=WHY)
    assert read.json() == {"id": str(SESSION), "title": "Mine", "affirmations": list(LINES)}
    assert read.headers["cache-control"] == "no-store"
    (deed,) = deeds(office, session_desk.ReadLines)
    assert (deed.actor, deed.actor_kind, deed.reason) == (BOSS, "admin", WHY["reason"])


async def test_a_session_goes_for_a_reason(world: Any, office: Administration) -> None:
    assert (await ask(world, "DELETE", PLACE)).status_code == 400
    gone = await ask(world, "DELETE", PLACE, json=WHY)
    assert (gone.status_code, gone.content) == (204, b"")
    (deed,) = deeds(office, session_desk.DeleteAnySession)
    assert (deed.actor, deed.reason) == (BOSS, WHY["reason"])


async def test_every_sound_is_looked_at_by_its_maker(world: Any, office: Administration) -> None:
    whole = (await ask(world, "GET", f"{PLACE}/audio-integrity")).json()
    assert (whole["playable"], whole["checked"], whole["broken"]) == (True, 4, 0)
    assert whole["unavailable"] == []
    office.desk.verdicts["stem 1"] = "missing"
    broken = (await ask(world, "GET", f"{PLACE}/audio-integrity?deep=true")).json()
    assert (broken["playable"], broken["broken"], broken["readBytes"]) == (False, 1, 40)
    verdicts = {one["kind"]: one["verdict"] for one in broken["objects"]}
    assert verdicts == {"track": "ok", "stem": "missing", "prepared": "ok", "speech": "ok"}
    looks = [a for a in office.desk.asked if isinstance(a, inspecting.InspectObjects)]
    assert [look.deep for look in looks] == [False] * 4 + [True] * 4
    assert all(look.names for look in looks)


async def test_what_nobody_could_look_at_is_not_called_whole(
    world: Any, office: Administration
) -> None:
    office.desk.away = {"tts"}
    seen = (await ask(world, "GET", f"{PLACE}/audio-integrity")).json()
    assert (seen["unavailable"], seen["checked"], seen["playable"]) == (["tts"], 3, True)
    assert "verdict" not in next(one for one in seen["objects"] if one["kind"] == "speech")
    office.desk.away = {"stitching"}
    seen = (await ask(world, "GET", f"{PLACE}/audio-integrity")).json()
    assert (seen["unavailable"], seen["playable"]) == (["stitching"], False)
    assert (await ask(world, "POST", f"{PLACE}/rebuild-audio")).status_code == 503


async def test_a_maker_that_is_away_is_waited_for_once(world: Any, office: Administration) -> None:
    office.desk.away = {"stitching"}
    seen = await ask(world, "GET", f"{PLACE}/audio-integrity?deep=true")
    assert seen.json()["unavailable"] == ["stitching"]
    looks = [a for a in office.desk.asked if isinstance(a, inspecting.InspectObjects)]
    assert [type(look) for look in looks] == [inspecting.InspectAudio, inspecting.InspectSpeech]


async def test_what_is_broken_is_given_up_and_made_again(
    world: Any, office: Administration
) -> None:
    nothing = (await ask(world, "POST", f"{PLACE}/rebuild-audio")).json()
    assert nothing == {"id": str(SESSION), "broken": 0, "forgotten": 0}
    assert not deeds(office, inspecting.DiscardObjects)
    office.desk.verdicts |= {"track 1": "wrong_hash", "speech 1": "unknown"}
    made = (await ask(world, "POST", f"{PLACE}/rebuild-audio", json=WHY)).json()
    assert (made["broken"], made["forgotten"]) == (2, 2)
    assert made["job"]["sessionId"] == str(SESSION)
    given_up = {deed.kind: deed for deed in deeds(office, inspecting.DiscardObjects)}
    assert set(given_up) == {"track", "speech"}
    assert {deed.actor for deed in given_up.values()} == {BOSS}
    last = deeds(office, session_desk.RebuildAudio)[-1]
    assert {sound.name for sound in last.gone} == {"track 1", "speech 1"}
    assert (last.reason, last.force) == (WHY["reason"], False)


async def test_a_forced_rebuild_makes_what_is_whole_again(
    world: Any, office: Administration
) -> None:
    key = {"Idempotency-Key": "k1"}
    body = {"force": True}
    first = await ask(world, "POST", f"{PLACE}/rebuild-audio", json=body, headers=key)
    again = await ask(world, "POST", f"{PLACE}/rebuild-audio", json=body, headers=key)
    assert first.json() == again.json()
    assert len(deeds(office, session_desk.RebuildAudio)) == 1
    (discard,) = deeds(office, inspecting.DiscardObjects)
    assert (discard.kind, discard.names) == ("track", ("track 1",))
    other = await ask(world, "POST", f"{PLACE}/rebuild-audio", json={}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "CONFLICT")


async def test_a_user_is_erased_for_a_reason_and_once(world: Any, office: Administration) -> None:
    assert (await ask(world, "POST", f"/users/{LISTENER}/erase", json={})).status_code == 400
    key = {"Idempotency-Key": "k2"}
    first = await ask(world, "POST", f"/users/{LISTENER}/erase", json=WHY, headers=key)
    assert first.status_code == 202
    again = await ask(world, "POST", f"/users/{LISTENER}/erase", json=WHY, headers=key)
    assert again.json() == first.json()
    (deed,) = deeds(office, privacy.RequestErasure)
    assert (deed.requested_by, deed.actor, deed.actor_kind) == ("operator", BOSS, "admin")
    assert (await ask(world, "POST", "/users/nobody/erase", json=WHY)).status_code == 404


async def test_tokens_of_a_user_end(world: Any, office: Administration) -> None:
    ended = await ask(world, "POST", f"/users/{LISTENER}/revoke-tokens", json=WHY)
    assert ended.json() == {"userId": LISTENER, "signIns": 2}
    (deed,) = deeds(office, user_desk.RevokeUserTokens)
    assert (deed.actor, deed.reason) == (BOSS, WHY["reason"])


@pytest.mark.parametrize(("role", "status"), [(Role.SUPPORT, 403), (Role.OPERATOR, 403)])
async def test_tokens_of_a_colleague_are_ended_by_an_admin_alone(
    world: Any, office: Administration, role: Role, status: int
) -> None:
    office.hold("user_x", role)
    place = f"/v1/admin/users/{BOSS}/revoke-tokens"
    refused = await world.client.post(place, json=WHY, headers=world.auth("user_x"))
    assert (refused.status_code, refused.json()["code"]) == (status, "FORBIDDEN")
    assert not deeds(office, user_desk.RevokeUserTokens)


async def test_the_dashboard_names_who_is_away_and_is_asked_for_once(
    world: Any, office: Administration
) -> None:
    office.desk.away = {"entitlement"}
    many = await asyncio.gather(*(ask(world, "GET", "/dashboard/stats") for _ in range(5)))
    shown = many[0].json()
    assert all(answer.json() == shown for answer in many)
    assert "entitlement" in shown["unavailable"]
    assert "spending" not in shown
    assert shown["renders"] == {"ok": 3, "failed": 1, "cancelled": 1, "successRate": 0.75}
    assert shown["jobs"] == {"live": {"speaking": 1}, "oldestAt": shown["jobs"]["oldestAt"]}
    asked = [a for a in office.desk.asked if isinstance(a, desk_stats.GetPeopleStats)]
    assert len(asked) == 1


async def test_days_are_told_with_rates(world: Any, office: Administration) -> None:
    told = (await ask(world, "GET", "/analytics?from=2026-01-05&to=2026-01-08")).json()
    (day,) = told["days"]
    assert (day["day"], day["dau"], day["wau"], day["mau"]) == ("2026-01-08", 4, 6, 0)
    assert day["listening"]["completionRate"] == 0.75
    assert day["renders"]["successRate"] == 0.75
    assert day["renders"]["renderedSeconds"] == 1.5
    assert told["cohorts"][0]["retention"] == [1.0, 0.25]
    (asked,) = [a for a in office.desk.asked if isinstance(a, analytics.GetAnalytics)]
    assert asked.first.isoformat() == "2026-01-05"
    for wrong in ("from=2026-01-08&to=2026-01-05", "from=2020-01-01&to=2026-01-01", "from=x"):
        assert (await ask(world, "GET", f"/analytics?{wrong}")).status_code == 400, wrong


async def test_a_day_is_counted_anew(world: Any, office: Administration) -> None:
    rolled = await ask(world, "POST", "/analytics/roll-up", json={"day": "2026-01-05"})
    assert rolled.json()["day"] == "2026-01-05"
    (deed,) = deeds(office, analytics.RollUpDay)
    assert (deed.actor, deed.actor_kind) == (BOSS, "admin")
    for wrong in ({}, {"day": "x"}, {"day": 1}, {"day": True}):
        assert (await ask(world, "POST", "/analytics/roll-up", json=wrong)).status_code == 400


@pytest.mark.parametrize("amount", [True, "1", 1.5, None])
async def test_a_number_is_a_number(world: Any, office: Administration, amount: Any) -> None:
    body = {"amount": amount, **WHY}
    assert (await ask(world, "POST", f"/users/{LISTENER}/quota", json=body)).status_code == 400
    assert not office.deeds


async def test_jobs_for_offline_files_are_asked_for(world: Any, office: Administration) -> None:
    await ask(world, "GET", "/jobs?kind=mixdown&show=live")
    (asked,) = office.deeds
    assert (asked.kind, asked.stages) == ("mixdown", ("queued", "mixing"))
