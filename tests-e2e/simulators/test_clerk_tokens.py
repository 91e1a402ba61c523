"""Tokens of the made-up Clerk at the gateway's verifier, with its real keys over real HTTP."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import jwt
import pytest
from ab_gateway.adapters.key_ring import COOL_DOWN_SECONDS, KeyRing
from ab_gateway.adapters.key_sources import FixedKey, published_keys
from ab_gateway.adapters.tokens import JwtVerifier
from ab_gateway.domain.identity import Issuer, Verified
from ab_gateway.usecases.notice_callers import NoticeCallers
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.envelope import Envelope
from ab_shared.errors import DependencyUnavailable, SettingsInvalid, Unauthorized
from ab_shared.testing.clock import FakeClock

from simulators.clerk_running import Running, running
from simulators.clerk_tokens import Mint, SigningKey, impersonated

APP = "https://app.example.com"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as served:
        yield served


@pytest.fixture
def clerk(server: Running) -> Running:
    server.simulator.faults.waiting.clear()
    server.simulator.fetches.clear()
    server.simulator.mint.rotate(keep=False)
    return server


class Gateway:
    """The verifier as the gateway has it, with a clock for how old its keys are."""

    def __init__(self, clerk: Running, http: httpx.AsyncClient, prefix: str = "") -> None:
        self.mint, self.clock = clerk.simulator.mint, FakeClock()
        issuer = Issuer(clerk.url, "jwks", authorized_parties=(APP,), prefix=prefix)
        fetch = published_keys(http, issuer.keys_url, within=0.5)
        ring = KeyRing(issuer.issuer, fetch, self.clock.monotonic)
        self.verifier = JwtVerifier({issuer.issuer: issuer}, {issuer.issuer: ring})

    async def believes(self, token: str) -> Verified | None:
        """What a token says, or None for one that is refused."""
        try:
            return await self.verifier.verify(token)
        except Unauthorized:
            return None

    async def takes(self, **changes: Any) -> bool:
        """Whether a token of this kind is believed."""
        return await self.believes(self.mint.token("user_2a", **changes)) is not None


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def gateway(clerk: Running, http: httpx.AsyncClient) -> Gateway:
    return Gateway(clerk, http)


async def test_a_session_token_speaks_for_its_user(gateway: Gateway) -> None:
    found = await gateway.believes(gateway.mint.token("user_2a", "sess_1"))
    assert found is not None
    assert (found.identity.user_id, found.identity.issuer) == ("user_2a", gateway.mint.issuer)
    assert (found.session_id, found.identity.acting) == ("sess_1", None)
    assert found.expires_at - found.issued_at == 60


@pytest.mark.parametrize(
    ("claims", "taken"),
    [
        ({"azp": APP}, True),
        ({"azp": None}, True),
        ({"azp": ""}, True),
        ({"azp": "https://evil.example.com"}, False),
        ({"azp": f"{APP}.evil.example.com"}, False),
        ({"azp": [APP]}, False),
        ({"sts": "pending"}, False),
        ({"sts": None}, True),
        ({"sub": None}, False),
        ({"sub": ""}, False),
        ({"sub": 5}, False),
        ({"sub": "user_" + "a" * 32}, False),
        ({"sub": "clerk:user_2a"}, False),
        ({"iss": "https://evil.example.com"}, False),
        ({"iss": None}, False),
        ({"exp": None}, False),
        ({"nbf": None}, False),
        ({"iat": None}, False),
        ({"o": {"id": "org_1"}, "pla": "u:free", "fea": "u:x"}, True),
    ],
)
async def test_claims(gateway: Gateway, claims: dict[str, Any], *, taken: bool) -> None:
    assert await gateway.takes(claims=claims) is taken


@pytest.mark.parametrize(("seconds", "taken"), [(-4, True), (-6, False), (3600, True)])
async def test_five_seconds_of_leeway(gateway: Gateway, seconds: float, *, taken: bool) -> None:
    assert await gateway.takes(seconds=seconds) is taken


@pytest.mark.parametrize(("ahead", "taken"), [(3, True), (8, False)])
async def test_not_before_its_time(gateway: Gateway, ahead: int, *, taken: bool) -> None:
    begins = int(gateway.mint.now()) + ahead
    assert await gateway.takes(claims={"nbf": begins, "iat": begins}) is taken


async def test_another_key_under_a_published_name(gateway: Gateway) -> None:
    forged = SigningKey(SigningKey.fresh().private, gateway.mint.keys[-1].kid)
    assert not await gateway.takes(key=forged)


async def test_headers_that_name_keys_elsewhere_change_nothing(gateway: Gateway) -> None:
    thief = SigningKey.fresh()
    for headers in (
        {"jku": "http://127.0.0.1:9/jwks.json", "kid": thief.kid},
        {"x5u": "http://127.0.0.1:9/cert.pem", "kid": thief.kid},
        {"jwk": thief.jwk(), "kid": gateway.mint.keys[-1].kid},
        {"kid": "../../etc/passwd"},
        {"kid": "http://127.0.0.1:9/key"},
    ):
        assert not await gateway.takes(key=thief, headers=headers)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def test_the_public_key_is_no_shared_secret(gateway: Gateway) -> None:
    key = gateway.mint.keys[-1]
    good = gateway.mint.token("user_2a")
    claims = jwt.decode(good, options={"verify_signature": False})
    # PyJWT refuses to sign with a PEM, which is why this is done by hand.
    header = {"alg": "HS256", "typ": "JWT", "kid": key.kid}
    parts = ".".join(_base64url(json.dumps(one).encode()) for one in (header, claims))
    mac = hmac.new(key.pem().encode(), parts.encode(), hashlib.sha256).digest()
    signed = f"{parts}.{_base64url(mac)}"
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": key.kid})
    assert await gateway.believes(signed) is None
    assert await gateway.believes(unsigned) is None


async def test_a_new_key_is_fetched_once_and_a_withdrawn_one_is_forgotten(
    gateway: Gateway, clerk: Running
) -> None:
    mint = gateway.mint
    before = mint.token("user_2a")
    assert await gateway.believes(before)
    mint.rotate()
    gateway.clock.advance(COOL_DOWN_SECONDS)
    tokens = [mint.token(f"user_{number}") for number in range(20)]
    assert all(await asyncio.gather(*(gateway.believes(token) for token in tokens)))
    assert await gateway.believes(before)
    assert clerk.simulator.fetches == ["jwks", "jwks"]
    mint.rotate(keep=False)
    gateway.clock.advance(COOL_DOWN_SECONDS)
    assert await gateway.believes(mint.token("user_2a"))
    assert await gateway.believes(before) is None


async def test_made_up_key_names_are_no_stream_of_fetches(gateway: Gateway, clerk: Running) -> None:
    assert await gateway.takes()
    for number in range(200):
        assert not await gateway.takes(headers={"kid": f"ins_{number}"})
    assert clerk.simulator.fetches == ["jwks"]
    gateway.clock.advance(COOL_DOWN_SECONDS)
    for _ in range(20):
        assert not await gateway.takes(headers={"kid": "ins_x"})
    assert clerk.simulator.fetches == ["jwks", "jwks"]


@pytest.mark.parametrize("fault", ["status", "hang", "cut", "empty", "html", "huge", "redirect"])
async def test_an_outage_leaves_known_keys_and_is_a_503_for_a_cold_start(
    gateway: Gateway, clerk: Running, http: httpx.AsyncClient, fault: str
) -> None:
    assert await gateway.takes()
    clerk.simulator.faults.add(fault, "jwks", times=1000)
    gateway.clock.advance(4000)
    assert await gateway.takes()
    cold = Gateway(clerk, http)
    for _ in range(2):
        with pytest.raises(DependencyUnavailable):
            await cold.takes()
    clerk.simulator.faults.waiting.clear()
    cold.clock.advance(COOL_DOWN_SECONDS)
    assert await cold.takes()


async def test_a_pem_needs_no_network_and_believes_nobody_else(clerk: Running) -> None:
    mint = clerk.simulator.mint
    issuer = Issuer(mint.issuer, "pem", pem=mint.keys[-1].pem())
    escaped = (issuer.pem or "").replace("\n", "\\n")
    keys = FixedKey(issuer.issuer, escaped)
    verifier = JwtVerifier({issuer.issuer: issuer}, {issuer.issuer: keys})
    assert (await verifier.verify(mint.token("user_2a"))).identity.user_id == "user_2a"
    with pytest.raises(Unauthorized):
        await verifier.verify(mint.token("user_2a", key=SigningKey.fresh()))
    assert clerk.simulator.fetches == []
    with pytest.raises(SettingsInvalid, match="no RSA public key"):
        FixedKey(issuer.issuer, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")


async def test_a_prefix_makes_ids_that_no_bare_subject_can_have(
    clerk: Running, http: httpx.AsyncClient
) -> None:
    prefixed = Gateway(clerk, http, prefix="clerk:")
    found = await prefixed.believes(prefixed.mint.token("user_2a"))
    assert found is not None
    assert (found.identity.user_id, found.identity.subject) == ("clerk:user_2a", "user_2a")


class Heard:
    """A broker and a trail that note what they are told; ``fails`` has the next one fail."""

    def __init__(self) -> None:
        self.sent: list[Envelope] = []
        self.deeds: list[AuditRecorded] = []
        self.fails = False

    async def publish(self, envelope: Envelope, *, headers: object = None) -> None:
        """As ``Publisher.publish``."""
        del headers
        if self.fails:
            raise DependencyUnavailable("no broker")
        self.sent.append(envelope)

    async def record(self, entry: AuditRecorded) -> None:
        """As ``Trail.record``."""
        self.deeds.append(entry)


class Noticing:
    """A verifier that notices, and what it said."""

    def __init__(self, gateway: Gateway) -> None:
        self.heard, self.clock, self.mint = Heard(), FakeClock(), gateway.mint
        issuers = frozenset({gateway.mint.issuer})
        self.notice = NoticeCallers(gateway.verifier, issuers, self.heard, self.heard, self.clock)

    async def see(self, user: str, **changes: Any) -> None:
        """Verifies a token of a user, and waits until that was noticed."""
        await self.notice.verify(self.mint.token(user, **changes))
        await self.notice.idle()


@pytest.fixture
def noticing(gateway: Gateway) -> Noticing:
    return Noticing(gateway)


async def test_auth_is_told_of_each_user_once_in_a_while(noticing: Noticing) -> None:
    for _ in range(3):
        await noticing.see("user_a")
        await noticing.see("user_b")
    told = [envelope.data["user_id"] for envelope in noticing.heard.sent]
    assert told == ["user_a", "user_b"]
    noticing.clock.advance(601)
    await noticing.see("user_a")
    assert len(noticing.heard.sent) == 3


async def test_a_broker_that_is_away_costs_nobody_their_request(noticing: Noticing) -> None:
    noticing.heard.fails = True
    await noticing.see("user_a")
    noticing.heard.fails = False
    await noticing.see("user_a")
    assert len(noticing.heard.sent) == 1


async def test_an_impersonation_is_audited_once_an_hour_for_each_sign_in(
    noticing: Noticing,
) -> None:
    by = impersonated("user_support", noticing.mint.issuer)
    for _ in range(3):
        await noticing.see("user_a", session_id="sess_1", claims=by)
    await noticing.see("user_a", session_id="sess_2", claims=by)
    noticing.clock.advance(3601)
    await noticing.see("user_a", session_id="sess_1", claims=by)
    deeds = [(one.action, one.actor, one.subject) for one in noticing.heard.deeds]
    assert deeds == [("user.impersonate", "user_support", "user:user_a")] * 3


async def test_a_token_that_is_refused_is_not_noticed(noticing: Noticing) -> None:
    with pytest.raises(Unauthorized):
        await noticing.see("user_a", seconds=-60)
    assert noticing.heard.sent == []


def test_tokens_look_like_clerks() -> None:
    mint = Mint("https://clerk.example.com")
    token = mint.token("user_2a")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["v"] == 2
    assert claims["exp"] - claims["iat"] == 60
    assert set(jwt.get_unverified_header(token)) >= {"alg", "typ", "kid", "oiat"}
