"""Tokens that must not be believed, whoever made them and however they were made."""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from jwt.algorithms import RSAAlgorithm
from simulators.clerk_tokens import Mint, clerk_id

from attacks.attack import attack, demand, variants
from attacks.world import World

PATHS = ("/v1/me", "/v1/sessions", "/me/entitlement")
STRANGER = rsa.generate_private_key(65537, 2048)
EDWARDS = ed25519.Ed25519PrivateKey.generate()
Changes = dict[str, Any]


def encoded(part: object) -> str:
    """A part of a token; text goes in as it is."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def header_of(token: str) -> dict[str, Any]:
    """The header of somebody's token."""
    return dict(jwt.get_unverified_header(token))


def claims_of(token: str) -> dict[str, Any]:
    """What it claims."""
    return dict(jwt.decode(token, options={"verify_signature": False}))


async def unbelieved(world: World, token: str) -> None:
    """Refused wherever it is shown; public lists do not overlook it either."""
    for path in PATHS:
        answer = await world.raw(path, [f"Authorization: Bearer {token}"])
        world.check(answer, 401, "UNAUTHORIZED", hides=[token[:200]])
        demand(answer.header("www-authenticate") == "Bearer", "no WWW-Authenticate")


def with_none(token: str, name: str) -> str:
    """The victim's claims without any signature."""
    return f"{encoded({**header_of(token), 'alg': name})}.{encoded(claims_of(token))}."


@variants("unsigned", {name: name for name in ("none", "None", "NONE", "nOnE", "")})
async def unsigned(world: World, name: str) -> None:
    """``alg=none`` in every spelling, without and with somebody's signature behind it."""
    token = with_none(world.alice.token, name)
    await unbelieved(world, token)
    await unbelieved(world, token + world.alice.token.rsplit(".", 1)[1])


async def published(world: World) -> list[dict[str, Any]]:
    """Public keys that can be had by everybody: the other issuer's."""
    async with world.clerk() as clerk:
        url = (await clerk.look())["issuer"]
    keys: list[dict[str, Any]] = (await world.http.get(f"{url}/.well-known/jwks.json")).json()[
        "keys"
    ]
    return keys


SECRET_SHAPES: dict[str, Callable[[dict[str, Any], str], bytes]] = {
    "its PEM": lambda _, pem: pem.encode(),
    "its PEM without the last line feed": lambda _, pem: pem.strip().encode(),
    "its modulus": lambda key, _: key["n"].encode(),
    "its JWK": lambda key, _: json.dumps(key).encode(),
    "its name": lambda key, _: key["kid"].encode(),
    "nothing": lambda *_: b"",
}


@variants("HS256 with the public key", SECRET_SHAPES)
async def confused(world: World, shape: Callable[[dict[str, Any], str], bytes]) -> None:
    """A public key is no secret, so whatever it signs as one proves nothing."""
    async with world.clerk() as clerk:
        seen, token = await clerk.look(), await clerk.token(clerk_id("user"))
        key = (await published(world))[-1]
    for name, digest in (("HS256", "sha256"), ("HS384", "sha384"), ("HS512", "sha512")):
        head = encoded({"alg": name, "typ": "JWT", "kid": key["kid"]})
        signed = f"{head}.{encoded(claims_of(token))}"
        mark = hmac.digest(shape(key, seen["pem"]), signed.encode(), digest)
        await unbelieved(world, f"{signed}.{encoded(mark)}")


@attack("HS256 signed with the built-in issuer's kid")
async def confused_builtin(world: World) -> None:
    """What is public of an Ed25519 key is its name here: the thumbprint."""
    head = {**header_of(world.alice.token), "alg": "HS256"}
    signed = f"{encoded(head)}.{encoded(claims_of(world.alice.token))}"
    mark = hmac.digest(head["kid"].encode(), signed.encode(), "sha256")
    await unbelieved(world, f"{signed}.{encoded(mark)}")


def resigned(token: str, *, head: Changes | None = None, claims: Changes | None = None) -> str:
    """The victim's token with a stranger's signature of the same kind."""
    header = {**header_of(token), **(head or {})}
    body = {**claims_of(token), **(claims or {})}
    key: Any = EDWARDS if header["alg"] == "EdDSA" else STRANGER
    return jwt.encode(body, key, algorithm=header["alg"], headers=header)


@attack("wrong key under the right kid")
async def wrong_key(world: World) -> None:
    """Everything is right but the key."""
    await unbelieved(world, resigned(world.alice.token))
    await unbelieved(world, resigned(world.alice.token, head={"alg": "RS256"}))


def flipped(token: str) -> str:
    """With one bit of its signature turned."""
    head, body, mark = token.split(".")
    return f"{head}.{body}.{'A' if mark[0] != 'A' else 'B'}{mark[1:]}"


def other_subject(token: str) -> str:
    """For somebody else, with the old signature."""
    head, _, mark = token.split(".")
    return f"{head}.{encoded({**claims_of(token), 'sub': 'user_root'})}.{mark}"


MANGLED: dict[str, Callable[[str], str]] = {
    "a bit of the signature is turned": flipped,
    "another subject under the old signature": other_subject,
    "no signature": lambda token: token.rsplit(".", 1)[0] + ".",
    "two parts": lambda token: token.rsplit(".", 1)[0],
    "five parts, as if encrypted": lambda token: token + "..",
    "padded base64": lambda token: token + "==",
    "blanks inside": lambda token: token.replace(".", ". "),
    "quoted": lambda token: f'"{token}"',
    "twice": lambda token: f"{token}, {token}",
    "a header that is no JSON": lambda token: f"{encoded(b'{')}.{token.split('.', 1)[1]}",
    "a header that is a list": lambda token: f"{encoded([])}.{token.split('.', 1)[1]}",
    "claims that are a number": lambda token: "{0}.NQ.{2}".format(*token.split(".")),
    "nesting without an end": lambda token: f"{encoded(b'[' * 3000)}.{token.split('.', 1)[1]}",
}


@variants("mangled", MANGLED)
async def mangled(world: World, mangle: Callable[[str], str]) -> None:
    """What is left of a good token when somebody has been at it."""
    await unbelieved(world, mangle(world.alice.token))


@variants("100 KB", {"of token": "a", "of dots": ".", "of claims": "claims"})
async def huge(world: World, what: str) -> None:
    """Refused before anybody reads it; what is longer than all headers may be is not even that."""
    good = world.alice.token
    big = resigned(good, claims={"x": "a" * 75_000}) if what == "claims" else what * 102_400
    answer = await world.raw("/v1/me", [f"Authorization: Bearer {big}"])
    demand(answer.status in {400, 431}, f"{answer.status} came")
    world.check_silent(answer, [big[:100]])
    await unbelieved(world, big[:20_000])


KIDS: dict[str, Any] = {
    "a path": "../../../../dev/null",
    "an absolute path": "/etc/passwd",
    "a URL": "http://127.0.0.1:9/keys.json",
    "a file URL": "file:///proc/self/environ",
    "SQL": "x' UNION SELECT 'k'; --",
    "a command": "`sleep 10`|id",
    "NUL": "a\x00b",
    "8 KB": "k" * 5000,
    "a number": 7,
    "a list": ["ed"],
    "an object": {"$ne": None},
    "null": None,
    "empty": "",
}


@variants("kid", KIDS)
async def odd_kid(world: World, kid: Any) -> None:
    """A kid is a name to look up, never a place to go to."""
    token = world.alice.token
    head = {**header_of(token), "kid": kid}
    signed = f"{encoded(head)}.{encoded(claims_of(token))}"
    await unbelieved(world, f"{signed}.{encoded(EDWARDS.sign(signed.encode()))}")


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that publishes a stranger's keys, and notes whoever comes for them."""
    came: list[str] = []
    jwk = {**RSAAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True), "kid": "trap"}

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"keys": [{**jwk, "alg": "RS256"}]}).encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", came
    finally:
        server.shutdown()
        server.server_close()


BRINGING = ("jku", "x5u", "jwk", "x5c", "x5t", "crit")


@variants("brings its own key by", {name: name for name in BRINGING})
async def brings_key(world: World, name: str) -> None:
    """Header fields that say where the key is, or what it is; nobody goes there."""
    with trap() as (url, came):
        jwk = RSAAlgorithm.to_jwk(STRANGER.public_key(), as_dict=True)
        given: dict[str, Any] = {
            "jku": f"{url}/jwks.json",
            "x5u": f"{url}/cert.pem",
            "jwk": jwk,
            "x5c": [encoded(b"certificate")],
            "x5t": "dHJhcA",
            "crit": ["exp"],
        }
        for kid in ("trap", header_of(world.alice.token)["kid"]):
            for issuer in (claims_of(world.alice.token)["iss"], url):
                claims = {**claims_of(world.alice.token), "iss": issuer}
                token = jwt.encode(
                    claims, STRANGER, algorithm="RS256", headers={"kid": kid, name: given[name]}
                )
                await unbelieved(world, token)
        demand(not came, f"the server fetched {came[:3]} from where a token pointed")


@attack("an issuer of its own")
async def own_issuer(world: World) -> None:
    """Well signed by an issuer that publishes its keys where issuers do, but is nobody here."""
    with trap() as (url, came):
        for issuer in (
            url,
            f"{world.url}/",
            f"{world.url}.evil.test",
            f"{world.url}@evil.test",
            "",
        ):
            claims = {**claims_of(world.alice.token), "iss": issuer}
            token = jwt.encode(claims, STRANGER, algorithm="RS256", headers={"kid": "trap"})
            await unbelieved(world, token)
        demand(not came, f"the server fetched {came[:3]} of an issuer it does not know")


@attack("a token of another issuer under the same kid")
async def crossed(world: World) -> None:
    """Keys are known by issuer and name: one issuer's key signs nothing of another's."""
    async with world.clerk() as clerk:
        looked, user = await clerk.look(), clerk_id("user")
        builtin = claims_of(world.alice.token)["iss"]
        theirs = await clerk.token(user, claims={"iss": builtin, "sub": "user_x"})
        await unbelieved(world, theirs)
        kid = header_of(world.alice.token)["kid"]
        await unbelieved(world, await clerk.token(user, headers={"kid": kid}))
        # And the other way round: a good token of the built-in issuer that names Clerk.
        mint = Mint(looked["issuer"])
        own = mint.token(user, headers={"kid": header_of(theirs)["kid"]})
        await unbelieved(world, own)


FORGED: dict[str, tuple[Changes, float]] = {
    "expired by 6 s": ({}, -6.0),
    "expired by a day": ({}, -86_400.0),
    "not valid for another 6 s": ({"nbf": +12}, 60.0),
    "issued in an hour": ({"iat": +3600, "nbf": +3600}, 7200.0),
    "no exp": ({"exp": None}, 60.0),
    "no nbf": ({"nbf": None}, 60.0),
    "no iat": ({"iat": None}, 60.0),
    "no sub": ({"sub": None}, 60.0),
    "no iss": ({"iss": None}, 60.0),
    "exp as text": ({"exp": "never"}, 60.0),
    "exp as a list": ({"exp": [9e9]}, 60.0),
    "exp beyond all numbers": ({"exp": "9" * 400}, 60.0),
    "sub as a list": ({"sub": ["user_1"]}, 60.0),
    "sub as an object": ({"sub": {"$gt": ""}}, 60.0),
    "an empty sub": ({"sub": ""}, 60.0),
    "NUL in the sub": ({"sub": "user_1\x00"}, 60.0),
    "a line feed in the sub": ({"sub": "user_1\nuser_2"}, 60.0),
    "a sub of 10 KB": ({"sub": "u" * 5000}, 60.0),
    "wrong iss": ({"iss": "https://clerk.evil.test"}, 60.0),
    "wrong azp": ({"azp": "https://evil.test"}, 60.0),
    "azp as a list": ({"azp": ["https://evil.test"]}, 60.0),
    "a pending sign-in": ({"sts": "pending"}, 60.0),
}


@variants("well signed, but", FORGED)
async def well_signed(world: World, row: tuple[Changes, float]) -> None:
    """Clerk's own key signs it, and still it does not count."""
    changes, seconds = row
    now = int(time.time())
    late = {name: now + value for name, value in changes.items() if type(value) is int}
    async with world.clerk() as clerk:
        user = clerk_id("user")
        good = await clerk.token(user)
        answer = await world.send("GET", "/v1/me", {"Authorization": f"Bearer {good}"})
        demand(answer.status == 200, "a good token of Clerk's is not believed: nothing is proven")
        await unbelieved(
            world, await clerk.token(user, seconds=seconds, claims={**changes, **late})
        )


@attack("missing azp is allowed, as native apps have none")
async def native(world: World) -> None:
    """Nothing to refuse here: who refuses this locks the app out."""
    async with world.clerk() as clerk:
        token = await clerk.token(clerk_id("user"), claims={"azp": None})
        answer = await world.send("GET", "/v1/me", {"Authorization": f"Bearer {token}"})
        demand(answer.status == 200, f"{answer.status} for a native app's token")


DUPLICATED = ("sub", "exp", "iss")


@variants("duplicated claim", {name: name for name in DUPLICATED})
async def duplicated(world: World, name: str) -> None:
    """Two values for one claim, under signatures that fit neither or another text."""
    token = world.alice.token
    claims = json.dumps({name: "evil", **{k: v for k, v in claims_of(token).items() if k != name}})
    twice = claims[:-1] + f', "{name}": {json.dumps(claims_of(token)[name])}}}'
    head, _, mark = token.split(".")
    await unbelieved(world, f"{head}.{encoded(twice.encode())}.{mark}")
    signed = f"{head}.{encoded(twice.encode())}"
    await unbelieved(world, f"{signed}.{encoded(EDWARDS.sign(signed.encode()))}")


PLACES: dict[str, tuple[str, list[str]]] = {
    "the query": ("/v1/me?access_token={token}", []),
    "a cookie": ("/v1/me", ["Cookie: __session={token}; token={token}"]),
    "basic authorization": ("/v1/me", ["Authorization: Basic {token}"]),
    "no scheme": ("/v1/me", ["Authorization: {token}"]),
    "Proxy-Authorization": ("/v1/me", ["Proxy-Authorization: Bearer {token}"]),
    "X-Authorization": ("/v1/me", ["X-Authorization: Bearer {token}"]),
}


@variants("a good token in", PLACES)
async def elsewhere(world: World, row: tuple[str, list[str]]) -> None:
    """Where tokens get logged or sent along by browsers, they do not count."""
    target, headers = row
    token = world.mallory.token
    answer = await world.raw(
        target.format(token=token), [one.format(token=token) for one in headers]
    )
    world.check(answer, 401, "UNAUTHORIZED", hides=[token])


@attack("two Authorization headers")
async def two_headers(world: World) -> None:
    """One of them is a forgery: whichever a proxy has looked at, the pair gets nobody in."""
    forged = with_none(world.alice.token, "none")
    answer = await world.raw("/v1/me", [f"Authorization: Bearer {forged}"] * 2)
    world.check(answer, 401, "UNAUTHORIZED")
