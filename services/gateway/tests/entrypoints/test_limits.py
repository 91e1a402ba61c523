"""How often an address, an account and a user may ask."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

LOGIN = {"email": "ana@example.com", "password": "correct horse"}


async def login(world: Any, email: str, address: str = "198.51.100.1") -> httpx.Response:
    headers = {"X-Forwarded-For": address}
    answer: httpx.Response = await world.client.post(
        "/v1/auth/login", json={**LOGIN, "email": email}, headers=headers
    )
    return answer


async def test_an_address_tries_ten_accounts_a_minute(world: Any) -> None:
    tries = [await login(world, f"user{n}@example.com") for n in range(11)]
    assert [answer.status_code for answer in tries] == [200] * 10 + [429]
    assert tries[0].headers["ratelimit-policy"] == '"auth-address";q=10;w=60'
    assert int(tries[10].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("register", LOGIN),
        ("login", {"email": "no address"}),
        ("refresh", {"refreshToken": "r"}),
        ("logout", {"refreshToken": "r"}),
    ],
)
async def test_every_way_to_sign_in_is_counted_even_when_the_body_is_wrong(
    start: Any, path: str, body: Any
) -> None:
    world = await start(rate_limit_auth_per_address_per_minute=2)
    tries = [await world.client.post(f"/v1/auth/{path}", json=body) for _ in range(3)]
    statuses = [answer.status_code for answer in tries]
    assert 429 not in statuses[:2]
    assert statuses[2] == 429


SPELLINGS = (
    "zoé@example.com",
    "ZOÉ@example.com",
    " zoe\u0301@Example.com ",
    "ZOE\u0301@EXAMPLE.COM",
)


async def test_an_account_is_tried_from_everywhere_in_every_spelling(start: Any) -> None:
    world = await start(rate_limit_auth_per_minute=4, trusted_proxies=("203.0.113.9",))
    for n, spelling in enumerate(SPELLINGS):
        assert (await login(world, spelling, f"198.51.100.{n}")).status_code == 200
    refused = await login(world, "zoé@example.com", "198.51.100.99")
    assert refused.status_code == 429
    assert refused.headers["ratelimit-policy"] == '"auth-account";q=4;w=60'
    assert (await login(world, "other@example.com", "198.51.100.99")).status_code == 200


async def test_accounts_that_only_fold_alike_are_two(start: Any) -> None:
    world = await start(rate_limit_auth_per_minute=1)
    assert (await login(world, "strasse@example.com")).status_code == 200
    assert (await login(world, "straße@example.com")).status_code == 200


async def test_a_refused_address_does_not_use_up_an_account(start: Any) -> None:
    world = await start(
        rate_limit_auth_per_minute=3,
        rate_limit_auth_per_address_per_minute=2,
        trusted_proxies=("203.0.113.9",),
    )
    for _ in range(9):
        await login(world, "ana@example.com", "198.51.100.1")
    assert (await login(world, "ana@example.com", "198.51.100.2")).status_code == 200


@pytest.mark.parametrize(
    "path", ["/v1/catalog/voices", "/catalog/frequencies", "/docs", "/openapi.json"]
)
async def test_what_anybody_may_read_counts_for_the_address(start: Any, path: str) -> None:
    world = await start(rate_limit_per_minute=2)
    answers = [await world.client.get(path) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (await world.client.get("/v1/sessions")).status_code == 429
    assert (await world.client.get("/v1/health")).status_code == 200


async def test_addresses_that_are_not_there_are_counted_too(start: Any) -> None:
    world = await start(rate_limit_per_minute=3)
    tries = [
        await world.client.request(method, path)
        for method, path in [("GET", "/v1/.env"), ("DELETE", "/v1/health"), ("GET", "/wp")] * 2
    ]
    assert [answer.status_code for answer in tries] == [404, 405, 404, 429, 429, 429]
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in tries[3:])
