"""Keys and secrets of the services themselves change under load, and no request fails.

Each test is the procedure of a page ``deploy/runbooks/rotate-*.md``, on real servers.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import jwt
import pytest
from ab_shared.storage.cdn import CLOUDFRONT_HASH
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from failures.rotation_fleet import Fleet
from failures.rotation_load import Load, under_load
from failures.troupe import eventually
from simulators.clerk_tokens import clerk_id
from simulators.clerk_webhooks import signature
from yarl import URL

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def test_signing_key_in_turn_and_withdrawn(fleet: Fleet) -> None:
    async with under_load(fleet) as load:
        first, old = kid_of(load.access), load.access
        await fleet.operator("keys", "rotate-signing", "--reason", "a test")

        async def signs_anew() -> bool:
            await load.renew(load.access)
            return kid_of(load.access) != first

        await eventually(signs_anew, 60, pause=1)
        bearer = {"Authorization": f"Bearer {old}"}
        assert (await load.balancer.pick().get("/v1/me", headers=bearer)).status_code == 200
        assert load.failed == []
        # The one that signs now has leaked: an app whose token is refused fetches another.
        leaked, load.may_refresh = load.access, True
        await fleet.operator("keys", "withdraw-signing", kid_of(leaked), "--reason", "a test")

        async def refused() -> bool:
            bearer = {"Authorization": f"Bearer {leaked}"}
            answer = await load.balancer.pick().get("/v1/me", headers=bearer)
            return answer.status_code == 401

        await eventually(refused, 20)
        await load.settled(2)
        assert kid_of(load.access) not in {kid_of(leaked), first}
    assert load.failed == []


async def test_key_that_seals_signing_keys(fleet: Fleet) -> None:
    before = fleet.environments["auth"]["SIGNING_KEY_ENCRYPTION_KEY"]
    following = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    async with under_load(fleet) as load:
        await fleet.roll("auth", SIGNING_KEY_ENCRYPTION_KEY=f"{following},{before}")
        await load.settled()
        # The first process with both has sealed anew: the one before is not needed any more.
        await fleet.roll("auth", SIGNING_KEY_ENCRYPTION_KEY=following)
        await load.renew(load.access)
        await load.settled()
    assert load.failed == []


async def test_key_of_a_machine(fleet: Fleet) -> None:
    made = await fleet.operator("keys", "make", f"t-{uuid4().hex[:8]}", "--scope", "sessions:read")
    key = made.splitlines()[-1]
    tokens = [key]

    async def as_machine(load: Load) -> None:
        for token in tokens:
            bearer = {"Authorization": f"Bearer {token}"}
            await load.ask("machine", "GET", "/v1/sessions", headers=bearer)

    async with under_load(fleet, as_machine) as load:
        rotated = await fleet.operator("keys", "rotate", key.split("_")[1], "--overlap", "1")
        tokens.append(rotated.splitlines()[-1])
        await load.settled(2)
    assert tokens[0] != tokens[1]
    assert load.done["machine"] > 0
    assert load.failed == []


class Sender:
    """RevenueCat's and Clerk's webhooks with the secrets that are theirs at the moment."""

    def __init__(self, fixed: str, svix: str) -> None:
        self.fixed, self.svix = fixed, svix

    async def send(self, load: Load) -> None:
        """One of each."""
        event = {
            "id": str(uuid4()),
            "type": "TEST",
            "event_timestamp_ms": int(time.time() * 1000),
            "app_user_id": "nobody",
        }
        body = {"api_version": "1.0", "event": event}
        given = {"Authorization": self.fixed}
        await load.ask("purchase", "POST", "/v1/webhooks/revenuecat", headers=given, json=body)
        message, stamp = f"msg_{uuid4().hex}", int(time.time())
        moment = int(datetime.now(UTC).timestamp() * 1000)
        # As Clerk makes them: a built-in issuer's id is refused from there.
        told = {"id": clerk_id("user"), "created_at": moment, "updated_at": moment}
        text = json.dumps(
            {"data": told, "object": "event", "type": "user.created", "timestamp": moment}
        ).encode()
        seals = {
            "svix-id": message,
            "svix-timestamp": str(stamp),
            "svix-signature": signature(self.svix, message, stamp, text),
            "content-type": "application/json",
        }
        await load.ask("identity", "POST", "/v1/webhooks/clerk", headers=seals, content=text)


async def test_webhook_secrets(fleet: Fleet) -> None:
    own = fleet.environments["gateway"]
    fixed, svix = (
        own["REVENUECAT_WEBHOOK_AUTHORIZATION"],
        json.loads(own["CLERK_WEBHOOK_SECRETS"])[0],
    )
    # Without signatures, as RevenueCat sends where they are not switched on.
    own.pop("REVENUECAT_WEBHOOK_SECRET", None)
    following = f"Bearer {secrets.token_hex(24)}"
    svix_following = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    await fleet.roll("gateway")
    sender = Sender(fixed, svix)
    async with under_load(fleet, sender.send) as load:
        await fleet.roll(
            "gateway",
            REVENUECAT_WEBHOOK_AUTHORIZATION=following,
            REVENUECAT_WEBHOOK_AUTHORIZATION_BEFORE=fixed,
            CLERK_WEBHOOK_SECRETS=json.dumps([svix_following, svix]),
        )
        await load.settled()
        sender.fixed, sender.svix = following, svix_following
        await load.settled()
        await fleet.roll(
            "gateway",
            REVENUECAT_WEBHOOK_AUTHORIZATION_BEFORE=None,
            CLERK_WEBHOOK_SECRETS=json.dumps([svix_following]),
        )
        gateway = load.balancer.pick()
        refused = await gateway.post(
            "/v1/webhooks/revenuecat", headers={"Authorization": fixed}, json={}
        )
        assert refused.status_code == 401
    assert load.failed == []
    assert load.done["purchase"] > 0
    assert load.done["identity"] > 0


async def test_cdn_signing_key(fleet: Fleet) -> None:
    keys = {name: rsa.generate_private_key(65537, 2048) for name in ("KOLD", "KNEW")}
    group = {name: key.public_key() for name, key in keys.items()}
    await fleet.roll("gateway", CLOUDFRONT_DOMAIN="media.test", **_signing_with("KOLD", keys))
    async with under_load(fleet) as load:
        await fleet.roll("gateway", **_signing_with("KNEW", keys))
        seen = len(load.media)
        await load.settled(2)
        old, new = load.media[0], load.media[-1]
        assert len(load.media) > seen
        assert (_key_of(old), _key_of(new)) == ("KOLD", "KNEW")
        # As the CDN checks them: while both keys are in its group, both play.
        for url in (old, new):
            _verify(url, group)
        del group["KOLD"]
        _verify(new, group)
        with pytest.raises(KeyError):
            _verify(old, group)
    assert load.failed == []
    none = dict.fromkeys(("CLOUDFRONT_KEY_PAIR_ID", "CLOUDFRONT_PRIVATE_KEY"))
    await fleet.roll("gateway", CLOUDFRONT_DOMAIN=None, **none)


def _signing_with(name: str, keys: dict[str, rsa.RSAPrivateKey]) -> dict[str, str]:
    pem = keys[name].private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {"CLOUDFRONT_KEY_PAIR_ID": name, "CLOUDFRONT_PRIVATE_KEY": pem.decode()}


def _key_of(url: str) -> str:
    return URL(url).query["Key-Pair-Id"]


def _verify(url: str, group: dict[str, rsa.RSAPublicKey]) -> None:
    """What CloudFront does with a canned policy (its developer guide)."""
    query = URL(url).query
    base = url.split("?", maxsplit=1)[0]
    ends = int(query["Expires"])
    assert ends > time.time()
    policy = (
        f'{{"Statement":[{{"Resource":"{base}","Condition":'
        f'{{"DateLessThan":{{"AWS:EpochTime":{ends}}}}}}}]}}'
    )
    sealed = query["Signature"].translate(str.maketrans("-_~", "+=/"))
    group[query["Key-Pair-Id"]].verify(
        base64.b64decode(sealed), policy.encode(), padding.PKCS1v15(), CLOUDFRONT_HASH()
    )


async def test_key_of_erasure_proofs(fleet: Fleet) -> None:
    before, following = fleet.environments["auth"]["ERASURE_PROOF_KEY"], secrets.token_hex(32)
    gone = f"user_{uuid4().hex}"
    async with under_load(fleet) as load:
        # Nothing was held of them (exit code 3); that they were erased is proven all the same.
        asked = ("--unknown", "--yes", "--reason", "a test")
        told = await fleet.operator("privacy", "erase", gone, *asked, says=3)
        job = told.split()[1]
        await fleet.roll(
            "auth",
            ERASURE_PROOF_KEY=following,
            ERASURE_PROOF_KEYS_BEFORE=json.dumps([before]),
        )
        listed = await fleet.operator("privacy", "list", "--user", gone)
        assert job in listed
        await load.settled()
    assert load.failed == []


async def test_token_of_the_collector(fleet: Fleet) -> None:
    """What is only sent along, such as the key to a collector or to Sentry, needs a roll alone."""
    async with under_load(fleet) as load:
        await fleet.roll("session", OTEL_EXPORTER_OTLP_HEADERS=f"x-token={secrets.token_hex(8)}")
        await load.settled()
    assert load.failed == []
    async with httpx.AsyncClient(trust_env=False) as http:
        [session] = [one for one in fleet.actors.values() if one.service == "session"]
        assert (await http.get(f"{session.health_url}/readyz")).status_code == 200
