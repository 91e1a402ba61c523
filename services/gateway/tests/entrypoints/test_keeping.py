"""Changes, licences, everything kept offline, and devices, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from ab_gateway.domain import offline
from ab_shared.contracts.base import Empty
from ab_shared.contracts.media import AssetRef
from ab_shared.contracts.mixdowns import DownloadItem, DownloadManifest, GetDownload
from ab_shared.contracts.notices import (
    DropPushToken,
    ListPushTokens,
    PushToken,
    PushTokens,
    RegisterPushToken,
)
from ab_shared.contracts.offline import (
    ForgetOffline,
    KeptSession,
    Licence,
    ListOffline,
    OfflineShelf,
)
from ab_shared.errors import NotFound

AT = datetime(2026, 1, 5, 12, 30, 15, tzinfo=UTC)
TOKEN = "ExponentPushToken[AbCdEfGhIjKlMnOpQrSwXyZ]"
A, B = "a" * 64, "b" * 64


def licence(issued_at: datetime = AT, days: int = 30) -> Licence:
    return Licence(issued_at=issued_at, expires_at=AT + timedelta(days=days))


def device(token_id: UUID) -> PushToken:
    masked = "ExponentPushToken[AbCd\u2026wXyZ]"
    return PushToken(id=token_id, token=masked, platform="ios", created_at=AT, seen_at=AT)


class Keeper:
    """Plays the session service as far as keeping goes."""

    def __init__(self) -> None:
        self.shelf = OfflineShelf(sessions=())
        self.device = device(uuid4())

    def answer(self, services: Any) -> None:
        told: list[tuple[str, Any, Any]] = [
            ("session", ListOffline, lambda _: self.shelf),
            ("session", ForgetOffline, self.forget),
            ("session", RegisterPushToken, lambda _: self.device),
            ("session", ListPushTokens, lambda _: PushTokens(tokens=(self.device,))),
            ("session", DropPushToken, self.drop),
        ]
        services.more += told

    def forget(self, request: ForgetOffline) -> Empty:
        if request.session_id not in {one.session_id for one in self.shelf.sessions}:
            raise NotFound("Nothing of this session is kept offline")
        return Empty()

    def drop(self, request: DropPushToken) -> Empty:
        if request.token_id != self.device.id:
            raise NotFound("There is no such device")
        return Empty()


@pytest.fixture
def keeper(services: Any) -> Keeper:
    made = Keeper()
    made.answer(services)
    return made


def manifest(**changes: Any) -> DownloadManifest:
    track = AssetRef(key=f"tracks/{A}/affirmations.m4a", bytes=10, sha256=A, duration_ms=24_000)
    item = DownloadItem(asset_id=A, role="affirmations", asset=track, file_name="affirmations.m4a")
    fields = {"session_id": uuid4(), "items": (item,), "version": "4b1d9a2c7e0f5a36", **changes}
    return DownloadManifest.model_validate(fields)


def shown(made: DownloadManifest) -> dict[str, Any]:
    body = offline.download(made, lambda key: f"https://media.example.com/{key}", AT)
    shown: dict[str, Any] = body.model_dump(mode="json", by_alias=True)
    return shown


def test_the_etag_covers_the_licence_but_not_the_moment_it_was_given() -> None:
    one = manifest(licence=licence())
    later = one.model_copy(update={"licence": licence(AT + timedelta(hours=1))})
    shorter = one.model_copy(update={"licence": licence(days=3)})
    assert offline.fingerprint(one) == offline.fingerprint(later) != offline.fingerprint(shorter)
    other = one.model_copy(update={"since": "1f0e2d3c4b5a6978", "removed": (B,)})
    assert offline.fingerprint(other) != offline.fingerprint(one)


def test_a_change_says_of_what_it_is_one() -> None:
    body = shown(manifest(since="1f0e2d3c4b5a6978", licence=licence()))
    assert (body["since"], body["removed"]) == ("1f0e2d3c4b5a6978", [])
    assert body["licence"] == {
        "issuedAt": "2026-01-05T12:30:15.000Z",
        "expiresAt": "2026-02-04T12:30:15.000Z",
        "grace": False,
    }
    assert body["items"][0]["fileName"] == "affirmations.m4a"
    whole = shown(manifest())
    assert not {"since", "removed", "licence"} & set(whole)


def test_an_older_session_service_leaves_the_version_to_the_gateway() -> None:
    version = shown(manifest(version=""))["version"]
    assert len(version) == 16


async def test_since_is_passed_on_and_bounded(world: Any, services: Any) -> None:
    session_id = services.add_session("user_pro")
    path, headers = f"/v1/sessions/{session_id}/download", world.auth("user_pro")
    for sent, asked in (("4b1d9a2c7e0f5a36", "4b1d9a2c7e0f5a36"), ("", None)):
        answer = await world.client.get(path, params={"since": sent}, headers=headers)
        assert answer.status_code == 200
        assert services.asked_for(GetDownload)[-1].since == asked
    for wrong in ("x" * 65, "a\x00b"):
        refused = await world.client.get(path, params={"since": wrong}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_ERROR")


async def test_everything_kept_is_told_in_one_call(keeper: Keeper, world: Any) -> None:
    kept, gone = uuid4(), uuid4()
    keeper.shelf = OfflineShelf(
        sessions=(
            KeptSession(
                session_id=kept,
                state="valid",
                version="4b1d9a2c7e0f5a36",
                handed_version="1f0e2d3c4b5a6978",
                handed_at=AT,
            ),
            KeptSession(session_id=gone, state="revoked", handed_version="0" * 16, handed_at=AT),
        ),
        licence=licence(),
    )
    answer = await world.client.get("/v1/me/offline", headers=world.auth("user_1"))
    body = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert [one["state"] for one in body["sessions"]] == ["valid", "revoked"]
    assert set(body["sessions"][1]) == {"sessionId", "state", "handedVersion", "handedAt"}
    path = f"/v1/me/offline/{gone}"
    done = await world.client.delete(path, headers=world.auth("user_1"))
    assert (done.status_code, done.content) == (204, b"")
    for unknown, status in ((uuid4(), 404), ("seven", 400)):
        path = f"/v1/me/offline/{unknown}"
        answer = await world.client.delete(path, headers=world.auth("user_1"))
        assert answer.status_code == status


async def test_devices(keeper: Keeper, world: Any) -> None:
    path, headers = "/v1/me/push-tokens", world.auth("user_1")
    sent = {"token": TOKEN, "platform": "ios"}
    made = await world.client.post(path, json=sent, headers=headers)
    assert (made.status_code, made.json()["id"]) == (201, str(keeper.device.id))
    (asked,) = world.services.asked_for(RegisterPushToken)
    assert (asked.user_id, asked.token, asked.platform) == ("user_1", TOKEN, "ios")
    listed = await world.client.get(path, headers=headers)
    # The token itself is not shown again, not even to its owner.
    assert TOKEN not in made.text + listed.text
    assert listed.json()["tokens"] == [made.json()]
    statuses = [
        (await world.client.delete(f"{path}/{one}", headers=headers)).status_code
        for one in (keeper.device.id, uuid4(), "seven")
    ]
    assert statuses == [204, 404, 400]
    assert (await world.client.post(path, json=sent)).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"token": "ExponentPushToken[]"}, "token"),
        ({"token": f"{TOKEN}\n"}, "token"),
        ({"token": "ExponentPushToken[" + "a" * 200 + "]"}, "token"),
        ({"token": 7}, "token"),
        ({"platform": "windows"}, "platform"),
    ],
)
@pytest.mark.usefixtures("keeper")
async def test_what_is_no_device_names_its_field(
    world: Any, wrong: dict[str, Any], field: str
) -> None:
    body = {"token": TOKEN, "platform": "ios", **wrong}
    answer = await world.client.post("/v1/me/push-tokens", json=body, headers=world.auth("user_1"))
    assert (answer.status_code, list(answer.json()["details"])) == (400, [field])
    assert TOKEN[18:-1] not in answer.text
    assert world.services.asked_for(RegisterPushToken) == []
