"""What is kept offline and devices answer as the product page says, with and without /v1."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

import httpx
import pytest
from simulators.revenuecat_control import Control

from contract import shapes
from contract.shapes import Shape, each, of, one_of
from contract.test_wire import WAKE_UP, completed, draft, refused, shaped

pytestmark = pytest.mark.journey
LICENCE: Shape = {
    "issuedAt": shapes.instant,
    "expiresAt": shapes.instant,
    "grace": lambda value: isinstance(value, bool),
}
ITEM: Shape = {
    "assetId": shapes.text,
    "role": one_of("affirmations", "binaural", "solfeggio", "background", "mixdown"),
    "url": shapes.url,
    "expiresAt": shapes.instant,
    "bytes": lambda value: shapes.whole(value) and value > 0,
    "sha256": lambda value: shapes.text(value) and len(value) == 64,
    "contentType": one_of("audio/mp4", "audio/mpeg"),
    "durationMs": lambda value: shapes.whole(value) and value > 0,
    # Beyond the product page.
    "fileName?": shapes.text,
}
MANIFEST: Shape = {"version": shapes.text, "items": each(of(ITEM), 3), "licence?": of(LICENCE)}
CHANGE: Shape = {
    "version": shapes.text,
    "items": lambda value: value == [],
    "since": shapes.text,
    "removed": lambda value: value == [],
    "licence?": of(LICENCE),
}
KEPT: Shape = {
    "sessionId": shapes.uuid,
    "state": one_of("valid", "expired", "revoked"),
    "version?": shapes.text,
    "handedVersion": shapes.text,
    "handedAt": shapes.instant,
    "deleteAt?": shapes.instant,
}
SHELF: Shape = {"sessions": each(of(KEPT), 0), "licence?": of(LICENCE)}
DEVICE: Shape = {
    "id": shapes.uuid,
    "token": shapes.text,
    "platform": one_of("ios", "android"),
    "createdAt": shapes.instant,
    "seenAt": shapes.instant,
}


async def bought(somebody: httpx.AsyncClient, prefix: str, stack: dict[str, Any]) -> None:
    """The plan with downloads, as soon as the gateway says so."""
    user_id = (await somebody.get(f"{prefix}/me")).json()["id"]
    async with Control(stack["simulators"]["revenuecat"]) as vendor:
        await vendor.act("purchase", user_id)
    for _ in range(600):
        found = await somebody.get(f"{prefix}/me/entitlement")
        if found.json()["plan"] == "pro":
            return
    raise AssertionError("the purchase was never heard of")


async def test_a_manifest_and_what_changes_in_it(
    somebody: httpx.AsyncClient, prefix: str, stack: dict[str, Any]
) -> None:
    await bought(somebody, prefix, stack)
    assert shaped(await somebody.get(f"{prefix}/me/offline"), SHELF)["sessions"] == []
    made = (await somebody.post(f"{prefix}/sessions", json=draft())).json()
    await completed(somebody, prefix, made["_audioJobId"])
    where = f"{prefix}/sessions/{made['id']}/download"
    answer = await somebody.get(where)
    manifest = shaped(answer, MANIFEST)
    assert answer.headers["cache-control"] == "no-store"
    unchanged = await somebody.get(where, headers={"If-None-Match": answer.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    change = shaped(await somebody.get(f"{where}?since={manifest['version']}"), CHANGE)
    assert change["since"] == change["version"] == manifest["version"]
    shelf = shaped(await somebody.get(f"{prefix}/me/offline"), SHELF)
    assert [one["state"] for one in shelf["sessions"]] == ["valid"]
    forgotten = await somebody.delete(f"{prefix}/me/offline/{made['id']}")
    assert (forgotten.status_code, forgotten.content) == (204, b"")
    refused(await somebody.delete(f"{prefix}/me/offline/{made['id']}"), 404, "NOT_FOUND")


async def test_devices(somebody: httpx.AsyncClient, prefix: str) -> None:
    where = f"{prefix}/me/push-tokens"
    token = f"ExponentPushToken[{secrets.token_hex(11)}]"
    wish = {"token": token, "platform": "ios", "aFieldOfTomorrow": None}
    made = shaped(await somebody.post(where, json=wish), DEVICE, 201)
    assert shaped(await somebody.post(where, json=wish), DEVICE, 201)["id"] == made["id"]
    listed = shaped(await somebody.get(where), {"tokens": each(of(DEVICE), 1)})
    assert [one["id"] for one in listed["tokens"]] == [made["id"]]
    wrong = await somebody.post(where, json={"token": "a phone", "platform": "ios"})
    assert set(refused(wrong, 400, "VALIDATION_ERROR")["details"]) == {"token"}
    assert (await somebody.delete(f"{where}/{made['id']}")).status_code == 204
    refused(await somebody.delete(f"{where}/{uuid4()}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me/offline"),
        ("DELETE", f"/me/offline/{WAKE_UP}"),
        ("GET", "/me/push-tokens"),
        ("POST", "/me/push-tokens"),
        ("DELETE", f"/me/push-tokens/{WAKE_UP}"),
    ],
)
async def test_what_needs_a_token_says_so(
    nobody: httpx.AsyncClient, prefix: str, method: str, path: str
) -> None:
    refused(await nobody.request(method, f"{prefix}{path}"), 401, "UNAUTHORIZED")
