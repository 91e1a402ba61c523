"""Who is let in: tokens of several issuers, forged ones, none at all; and the built-in issuer."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from ab_shared.contracts import rpc
from ab_shared.contracts.events import KeysRotated
from ab_shared.errors import RateLimited, Unauthorized

BUILTIN = "https://auth.example.test"
CLERK = "https://clerk.example.test"
CATALOGUE = "1c261e4b-7009-482a-928e-5b1b46700c99"
OTHER = "6f3cfe4e-3c1c-5d0e-9f50-5a1f3f1f7a10"
ACCOUNT = {"email": "Ana@example.com", "password": "correct horse"}


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


async def ask(world: Any, token: str, path: str = "/v1/me") -> Any:
    return await world.client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("kid", ["ed", "ec"])
async def test_believes_the_built_in_issuer(world: Any, kid: str) -> None:
    answer = await ask(world, world.keys.token("user_7", kid=kid))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "user_7",
        "timezone": "UTC",
        "createdAt": "2026-01-05T12:30:15.123Z",
    }


async def test_believes_an_issuer_that_publishes_its_keys(world: Any) -> None:
    token = world.keys.token("user_clerk", kid="rsa", iss=CLERK, v=2, sts="active")
    assert (await ask(world, token)).json()["id"] == "user_clerk"
    assert world.fetched == [f"{CLERK}/.well-known/jwks.json"]


FORGED: dict[str, dict[str, Any]] = {
    "signed by somebody else": {"signer": "foreign"},
    "expired": {"exp": int(time.time()) - 60},
    "not yet valid": {"nbf": int(time.time()) + 600},
    "with digits for exp": {"exp": "9" * 30},
    "with a text for nbf": {"nbf": "1"},
    "without exp": {"exp": None},
    "without nbf": {"nbf": None},
    "without iat": {"iat": None},
    "without sub": {"sub": None},
    "with an empty sub": {"user": ""},
    "without iss": {"iss": None},
    "of an unknown issuer": {"iss": "https://evil.example.test"},
    "under another issuer's name": {"iss": CLERK},
    "with an unknown kid": {"headers": {"kid": "made-up"}},
    "without a kid": {"headers": {}},
    "with a NUL in its sub": {"user": "user\x001"},
    "made for another party": {"iss": CLERK, "kid": "rsa", "azp": "https://evil.example.test"},
    "with a pending sign-in": {"iss": CLERK, "kid": "rsa", "sts": "pending"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED.keys())
@pytest.mark.parametrize("path", ["/v1/me", "/v1/sessions", f"/sessions/{CATALOGUE}"])
async def test_refuses_a_token(world: Any, changes: dict[str, Any], path: str) -> None:
    answer = await ask(world, world.keys.token(**changes), path)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256"])
async def test_refuses_algorithms_that_prove_nothing(world: Any, algorithm: str) -> None:
    now = int(time.time())
    claims = {"iss": BUILTIN, "sub": "user_1", "iat": now, "nbf": now, "exp": now + 600}
    token = unsigned(claims, {"alg": algorithm, "kid": "ed", "typ": "JWT"})
    assert (await ask(world, token)).status_code == 401


async def test_refuses_a_public_key_used_as_a_secret(world: Any) -> None:
    now = int(time.time())
    claims = {"iss": BUILTIN, "sub": "user_1", "iat": now, "nbf": now, "exp": now + 600}
    signed = unsigned(claims, {"alg": "HS256", "kid": "ed"}).rstrip(".")
    public = world.keys.published("ed").jwk["x"].encode()
    mark = hmac.digest(public, signed.encode(), "sha256")
    token = f"{signed}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"
    assert (await ask(world, token)).status_code == 401


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer x", "Basic dTpw", "Bearer a.b.c", "Bearer " + "x.y.z" * 9000]
)
async def test_refuses_what_is_no_token(world: Any, header: str) -> None:
    answer = await world.client.get("/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me"),
        ("GET", "/v1/me/entitlement"),
        ("POST", "/v1/sessions"),
        ("POST", f"/v1/sessions/{CATALOGUE}/ensure-audio"),
        ("GET", f"/v1/sessions/{CATALOGUE}/audio-report"),
        ("GET", f"/v1/jobs/{OTHER}"),
        ("GET", f"/v1/jobs/{OTHER}/events"),
        ("POST", f"/v1/jobs/{OTHER}/cancel"),
        ("GET", f"/v1/sessions/{OTHER}"),
        ("GET", f"/v1/sessions/{OTHER}/playback-bundle"),
    ],
)
async def test_needs_a_token_before_it_looks_at_anything(
    world: Any, method: str, path: str
) -> None:
    answer = await world.client.request(method, path, content=b"{broken")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_needs_no_token_for_what_is_public(world: Any) -> None:
    for path in ("/health", "/sessions", f"/sessions/{CATALOGUE}", "/catalog/voices"):
        assert (await world.client.get(f"/v1{path}")).status_code == 200


async def test_made_up_key_ids_are_no_stream_of_questions(world: Any) -> None:
    for number in range(50):
        token = world.keys.token(headers={"kid": f"made-up-{number}"})
        assert (await ask(world, token)).status_code == 401
    assert len(world.services.asked_for(rpc.GetSigningKeys)) == 1


async def test_new_keys_count_at_once_and_old_tokens_no_more(world: Any) -> None:
    token = world.keys.token()
    assert (await ask(world, token)).status_code == 200
    rotated = KeysRotated(issuer=BUILTIN, keys=(world.keys.published("foreign"),))
    await world.broker.send(rotated)
    await world.broker.settle()
    assert (await ask(world, token)).status_code == 401
    assert (await ask(world, world.keys.token(kid="foreign"))).status_code == 200


async def test_keys_that_cannot_be_had_are_503_not_401(world: Any) -> None:
    world.broker.available = False
    answer = await ask(world, world.keys.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_signs_up_in_renews_and_out(world: Any) -> None:
    expected = {"refreshToken": "r.1", "expiresIn": 900, "tokenType": "Bearer"}
    for path, body, status in (
        ("register", ACCOUNT, 201),
        ("login", ACCOUNT, 200),
        ("refresh", {"refreshToken": "r.0"}, 200),
    ):
        answer = await world.client.post(f"/auth/{path}", json=body)
        assert answer.status_code == status
        assert answer.json().items() >= expected.items()
        assert answer.headers["cache-control"] == "no-store"
    out = await world.client.post("/v1/auth/logout", json={"refreshToken": "r.1"})
    assert (out.status_code, out.content) == (204, b"")
    assert world.services.asked_for(rpc.Logout)[0].refresh.token.get_secret_value() == "r.1"


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nobody", "password": "long enough to do"},
        {"email": "a@b.c", "password": "short"},
        {"email": "a\x00@b.c", "password": "long enough to do"},
        {"email": "a@b.c", "password": "long\x00 enough to do"},
        {"password": "long enough to do"},
    ],
)
async def test_refuses_credentials_without_repeating_them(world: Any, body: dict[str, Any]) -> None:
    answer = await world.client.post("/v1/auth/register", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert body["password"] not in answer.text
    assert not world.services.asked


async def test_a_wrong_password_is_what_auth_says(world: Any) -> None:
    world.refuse(Unauthorized("The address or the password is wrong"))
    answer = await world.client.post("/v1/auth/login", json=ACCOUNT)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_tells_auth_the_network_of_a_login_and_nothing_closer(world: Any) -> None:
    await world.client.post("/v1/auth/login", json=ACCOUNT)
    [request] = world.services.asked_for(rpc.Login)
    assert request.place == "203.0.113.0/24"
    assert request.place not in repr(request)


async def test_a_guesser_is_told_how_long_to_wait(world: Any) -> None:
    world.refuse(RateLimited("Too many wrong passwords", details={"retry_after": 40}))
    answer = await world.client.post("/v1/auth/login", json=ACCOUNT)
    assert (answer.status_code, answer.json()["code"]) == (429, "RATE_LIMITED")
    assert answer.headers["retry-after"] == "40"


@pytest.mark.parametrize(
    ("body", "everywhere"),
    [
        ({"refreshToken": "r.1"}, False),
        ({"refreshToken": "r.1", "everywhere": False}, False),
        ({"refreshToken": "r.1", "everywhere": True}, True),
    ],
)
async def test_signs_out_here_or_everywhere(
    world: Any, body: dict[str, Any], *, everywhere: bool
) -> None:
    assert (await world.client.post("/v1/auth/logout", json=body)).status_code == 204
    assert world.services.asked_for(rpc.Logout)[0].everywhere is everywhere


async def test_has_no_sign_in_where_it_is_switched_off(start: Any) -> None:
    world = await start(builtin_issuer_enabled=False)
    answer = await world.client.post("/v1/auth/login", json=ACCOUNT)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_development_build_needs_no_token_but_may_send_no_bad_one(start: Any) -> None:
    world = await start(dev_default_user="dev")
    assert (await world.client.get("/v1/me")).json()["id"] == "dev"
    assert (await ask(world, "a.b.c")).status_code == 401


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Lisbon", "Europe/Lisbon"), ("Mars/Base", "UTC"), ("../etc/passwd", "UTC")],
)
async def test_honours_a_zone_that_exists(world: Any, zone: str, expected: str) -> None:
    headers = {**world.auth(), "X-Timezone": zone}
    answer = await world.client.get("/me", headers=headers)
    assert answer.json()["timezone"] == expected
