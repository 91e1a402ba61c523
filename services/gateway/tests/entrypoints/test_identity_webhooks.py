"""The front door of Clerk's webhooks: believed, minimised, kept; everything else is a plain 400."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from ab_shared.contracts.identity_events import StoredIdentityEvent, StoreIdentityEvent
from ab_shared.errors import DependencyUnavailable

PATH = "/v1/webhooks/clerk"
SECRET, NEXT_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "bmV4dC1zZWNyZXQt" * 2
CLERK = "https://clerk.example.test"
AT = 1_767_614_400_123
USER = {
    "id": "user_2abc",
    "object": "user",
    "first_name": "Ada",
    "email_addresses": [{"email_address": "ada@example.org"}],
    "image_url": "https://img.example.org/ada",
    "unsafe_metadata": {"mood": "private"},
    "banned": False,
    "created_at": AT - 5,
    "updated_at": AT,
}
SESSION = {"id": "sess_2abc", "user_id": "user_2abc", "status": "revoked", "updated_at": AT}


def body_of(kind: Any, data: Any, **more: Any) -> bytes:
    whole = {"data": data, "object": "event", "type": kind, "timestamp": AT + 7, **more}
    return json.dumps(whole).encode()


CREATED = body_of("user.created", USER)


def sealed(body: bytes, secret: str = SECRET, message: str = "msg_1", late: float = 0) -> str:
    stamp = int(time.time() - late)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def headers(
    body: bytes, seal: str | None = None, *, spelling: str = "svix", late: float = 0
) -> dict[str, str]:
    return {
        f"{spelling}-id": "msg_1",
        f"{spelling}-timestamp": str(int(time.time() - late)),
        f"{spelling}-signature": seal if seal is not None else sealed(body, late=late),
    }


class Keeper:
    """Stands in for auth: keeps events, or fails."""

    def __init__(self) -> None:
        self.kept: list[StoreIdentityEvent] = []

    def store(self, request: StoreIdentityEvent) -> StoredIdentityEvent:
        new = request.event_id not in {one.event_id for one in self.kept}
        self.kept.append(request)
        return StoredIdentityEvent(new=new)


class Door:
    """A gateway with secrets, and somebody who keeps what it takes."""

    def __init__(self, world: Any, keeper: Keeper) -> None:
        self.world, self.keeper = world, keeper

    async def post(self, body: bytes = CREATED, sent: Any = None, path: str = PATH) -> Any:
        shown = headers(body) if sent is None else sent
        return await self.world.client.post(path, content=body, headers=shown)

    async def status(self, body: bytes = CREATED, sent: Any = None) -> int:
        return int((await self.post(body, sent)).status_code)


@pytest.fixture
async def open_door(start: Any, services: Any) -> Any:
    keeper = Keeper()
    services.more.append(("auth", StoreIdentityEvent, keeper.store))

    async def opening(*secrets: str, **changes: Any) -> Door:
        world = await start(clerk_issuer=CLERK, clerk_webhook_secrets=secrets, **changes)
        return Door(world, keeper)

    return opening


@pytest.fixture
async def door(open_door: Any) -> Door:
    opened: Door = await open_door(SECRET)
    return opened


@pytest.mark.parametrize("path", [PATH, "/webhooks/clerk"])
@pytest.mark.parametrize("spelling", ["svix", "webhook"])
async def test_an_event_is_kept_and_answered_with_200(door: Door, path: str, spelling: str) -> None:
    answer = await door.post(sent=headers(CREATED, spelling=spelling), path=path)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    [kept] = door.keeper.kept
    assert (kept.event_id, kept.event_type, kept.issuer) == ("msg_1", "user.created", CLERK)
    assert kept.user_id == "user_2abc"
    assert int(kept.changed_at.timestamp() * 1000) == AT


async def test_nothing_personal_gets_beyond_the_door(door: Door) -> None:
    await door.post()
    passed_on = door.keeper.kept[0].model_dump_json()
    assert [word for word in ("Ada", "ada", "img", "private") if word in passed_on] == []


async def test_known_events_are_answered_alike(door: Door) -> None:
    assert [await door.status() for _ in range(3)] == [200] * 3


async def test_a_deletion_says_only_whom_and_counts_as_of_when_it_was_told(door: Door) -> None:
    gone = body_of("user.deleted", {"id": "user_2abc", "object": "user", "deleted": True})
    assert await door.status(gone) == 200
    [kept] = door.keeper.kept
    assert int(kept.changed_at.timestamp() * 1000) == AT + 7


@pytest.mark.parametrize("how", ["session.revoked", "session.ended", "session.removed"])
async def test_an_end_of_a_sign_in_names_it(door: Door, how: str) -> None:
    assert await door.status(body_of(how, SESSION)) == 200
    assert door.keeper.kept[0].session_id == "sess_2abc"


@pytest.mark.parametrize("kind", ["session.created", "organization.created", "x"])
async def test_what_means_nothing_here_is_thanked_for_and_forgotten(door: Door, kind: str) -> None:
    assert await door.status(body_of(kind, {"anything": 1})) == 200
    assert door.keeper.kept == []


@pytest.mark.parametrize(
    "seal",
    [
        "",
        "v1",
        "v1,",
        "v1,a,b",
        "v1,!!!",
        "v1,ab",
        "v1,AAAA",
        "v1,\xe4\xf6",
        " ",
        ",",
        "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        sealed(CREATED, NEXT_SECRET),
        sealed(CREATED, message="msg_2"),
        sealed(CREATED + b" "),
        "v1," * 5000,
    ],
)
async def test_a_malformed_or_forged_signature_is_a_400_that_says_nothing(
    door: Door, seal: str
) -> None:
    sent = [
        (name.encode(), value.encode("latin-1")) for name, value in headers(CREATED, seal).items()
    ]
    answer = await door.world.client.post(PATH, content=CREATED, headers=sent)
    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"
    assert "signature" not in answer.text.lower()
    assert door.keeper.kept == []


@pytest.mark.parametrize("name", ["svix-id", "svix-timestamp", "svix-signature"])
async def test_each_header_is_there_once(door: Door, name: str) -> None:
    whole = headers(CREATED)
    assert await door.status(sent={k: v for k, v in whole.items() if k != name}) == 400
    assert await door.status(sent=[*whole.items(), (name, whole[name])]) == 400
    assert await door.status(sent={**whole, name: ""}) == 400
    assert await door.status(sent={}) == 400


@pytest.mark.parametrize(
    "stamp", ["x", "nan", "inf", "-1", "1e400", "99999999999999999999", "\u0661"]
)
async def test_a_timestamp_that_is_none_is_a_400(door: Door, stamp: str) -> None:
    whole = headers(CREATED)
    sent = [(k.encode(), v.encode()) for k, v in {**whole, "svix-timestamp": stamp}.items()]
    assert await door.status(sent=sent) == 400


@pytest.mark.parametrize(("late", "status"), [(290, 200), (310, 400), (-290, 200), (-310, 400)])
async def test_old_and_early_signatures_do_not_count(door: Door, late: float, status: int) -> None:
    assert await door.status(sent=headers(CREATED, late=late)) == status


async def test_any_one_of_several_signatures_and_of_two_secrets_counts(open_door: Any) -> None:
    door = await open_door(SECRET, NEXT_SECRET)
    for seal in (
        sealed(CREATED),
        sealed(CREATED, NEXT_SECRET),
        f"v1,AAAA {sealed(CREATED)} v1a,xyz",
        f"{sealed(CREATED, 'whsec_' + 'b2xkLXNlY3JldC1nb25l' * 2)} {sealed(CREATED, NEXT_SECRET)}",
    ):
        assert await door.status(sent=headers(CREATED, seal)) == 200
    one = sealed(CREATED, "whsec_" + "b2xkLXNlY3JldC1nb25l" * 2)
    assert await door.status(sent=headers(CREATED, one)) == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        CREATED[:-20],
        b"[" * 5000,
        b"\xff\xfe",
        body_of(5, USER),
        body_of(None, USER),
        body_of("user.created", []),
        body_of("user.created", "user_2abc"),
        body_of("user.created", {**USER, "id": 5}),
        body_of("user.created", {**USER, "id": ""}),
        body_of("user.created", {**USER, "id": "a\x00b"}),
        body_of("user.created", {**USER, "id": "x" * 300}),
        # The shape of the built-in issuer's ids: nobody else may name them.
        body_of("user.created", {**USER, "id": "user_" + "a" * 32}),
        body_of("user.created", {**USER, "updated_at": "today"}),
        body_of("user.created", {**USER, "updated_at": 10**30}),
        body_of("user.created", {**USER, "updated_at": True}),
        body_of("user.deleted", {"id": "user_2abc"}, timestamp=None),
        body_of("session.revoked", {**SESSION, "user_id": None}),
        body_of("session.revoked", {**SESSION, "id": ["sess"]}),
    ],
)
async def test_what_is_signed_but_is_no_event_is_a_400(door: Door, body: bytes) -> None:
    answer = await door.post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert door.keeper.kept == []


async def test_too_much_is_refused(door: Door) -> None:
    long = body_of("user.created", {**USER, "unsafe_metadata": "x" * 70_000})
    assert await door.status(long) == 413


async def test_without_a_secret_there_is_no_such_address(open_door: Any) -> None:
    door = await open_door()
    assert await door.status() == 404


async def test_when_it_cannot_be_kept_clerk_is_told_to_come_back(door: Door) -> None:
    door.world.refuse(DependencyUnavailable("no"))
    assert await door.status() == 503


async def test_a_prefix_stands_before_the_subject(open_door: Any, settings: Any) -> None:
    issuers = json.loads(settings.model_dump_json())["token_issuers"]
    issuers[1]["prefix"] = "clerk:"
    door = await open_door(SECRET, token_issuers=issuers)
    await door.post()
    [kept] = door.keeper.kept
    assert (kept.subject, kept.user_id) == ("user_2abc", "clerk:user_2abc")


async def test_no_secret_and_nothing_personal_is_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        await door.post()
        await door.post(sent=headers(CREATED, "v1,AAAA"))
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert [word for word in (SECRET[6:], "ada@", "Ada") if word in logged] == []
