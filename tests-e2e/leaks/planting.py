"""A listener, a stranger and a vendor who put something private into everything they can reach."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import asyncpg
import httpx
from ab_client.api import ApiClient
from ab_client.jobs import wait_for
from ab_shared.contracts.http import DraftSession
from ab_shared.messaging.topology import COMMANDS
from aio_pika import Message, connect

TITLE = "Quixotic marmalade evening"
LINES = (
    "I cherish velvet lighthouses on marmalade mornings",
    "I trust the gentle otter that lives beside me",
    "I welcome indigo thunder into my quiet kitchen",
)
EDITED = "I greet saffron comets with an open heart"
GOAL = "sleep like a walrus in lavender snow"
STRUGGLE = "my neighbour plays the bassoon at midnight"
SEARCHED = "walnut periscope"
WHY = "because grandmother Ottilie said so"
NOTE = "the cartographer forgave me today"
RIGHTS = "SELECT ON ALL TABLES IN SCHEMA public"
HTTP_SECONDS = 60.0


@dataclass
class Planted:
    """What may be shown nowhere, by what it is."""

    secrets: dict[str, str] = field(default_factory=dict)

    def put(self, what: str, secret: str) -> str:
        """Remembers one and gives it back."""
        self.secrets[what] = secret
        return secret

    def put_link(self, what: str, url: str) -> str:
        """Remembers what makes a signed link one."""
        for name, value in parse_qsl(urlsplit(url).query):
            if name.lower() in {"x-amz-signature", "signature", "policy"}:
                self.put(f"{what}: {name}", value)
        return url


def plant_words(planted: Planted) -> None:
    """What people will write."""
    words = {"title": TITLE, "edited line": EDITED, "goal": GOAL, "struggle": STRUGGLE}
    words |= {"search": SEARCHED, "reason": WHY, "note": NOTE}
    words |= {f"line {number}": line for number, line in enumerate(LINES, 1)}
    for what, text in words.items():
        planted.put(what, text)


async def listener(url: str, planted: Planted) -> None:
    """Uses everything that takes words or gives links."""
    mark = secrets.token_hex(4)
    email = planted.put("e-mail address", f"ottilie.walnut.{mark}@mail.example.org")
    password = planted.put("password", f"seven quiet otters {mark}")
    async with ApiClient(url) as client:
        tokens = await client.register(email, password)
        planted.put("access token", tokens.access_token)
        planted.put("access token's signature", tokens.access_token.rsplit(".", 1)[1])
        planted.put("refresh token", tokens.refresh_token)
        planted.put("user's id", (await client.me()).id)
        draft = {"title": TITLE, "affirmations": list(LINES), "voice_id": "nova", "goal": GOAL}
        created = await client.create_session(DraftSession.model_validate(draft))
        await wait_for(client, created.audio_job_id)
        bundle = await client.bundle(created.id)
        planted.put_link("voice track's link", bundle.affirmations_merged_url)
        async with httpx.AsyncClient(timeout=HTTP_SECONDS) as http:
            (await http.get(bundle.affirmations_merged_url)).raise_for_status()
            await _write(client, f"/v1/sessions/{created.id}", planted)
            await http.post(f"{url}/v1/auth/refresh", json={"refreshToken": tokens.refresh_token})


async def _write(client: ApiClient, session: str, planted: Planted) -> None:
    device = planted.put("push token", f"ExponentPushToken[{secrets.token_urlsafe(16)}]")
    wishes = {"goal": GOAL, "struggle": STRUGGLE, "count": 3}
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", session, {"affirmations": [*LINES[:2], EDITED]}),
        ("POST", "/v1/affirmations/generate", wishes),
        ("POST", "/v1/affirmations/suggest-title", {"affirmations": list(LINES), "goal": GOAL}),
        ("PUT", "/v1/me/values", {"values": [{"valueId": NOTE, "rank": 1}]}),
        ("PUT", "/v1/me/struggle", {"struggle": STRUGGLE}),
        ("POST", "/v1/me/push-tokens", {"token": device, "platform": "ios"}),
        ("POST", f"{session}/share", {"expiresInHours": 1}),
        ("GET", f"/v1/sessions?q={SEARCHED}", None),
        ("POST", "/v1/events", {"eventType": NOTE, "metadata": {"note": NOTE}}),
        # What is refused has words in it as well.
        ("POST", "/v1/sessions", {"title": TITLE * 90, "affirmations": [LINES[0] * 40]}),
        ("POST", "/v1/sessions", {"affirmations": [{"text": EDITED}], "voiceId": WHY}),
        ("GET", f"/v1/sessions/{SEARCHED}", None),
    ]
    async with httpx.AsyncClient(base_url=client.base_url, timeout=HTTP_SECONDS) as http:
        http.headers["Authorization"] = client.authorization or ""
        for method, path, body in calls:
            answer = await http.request(method, path, json=body)
            if path.endswith("/share") and answer.is_success:
                planted.put("share token", str(answer.json()["token"]))
                await http.get(f"/v1/shared/{planted.secrets['share token']}")
        await http.post("/v1/sessions", content=f'{{"title": "{TITLE}", broken')


async def stranger(url: str, planted: Planted) -> None:
    """Knocks with what it should not have."""
    forged = planted.put("forged token", f"eyJhbGciOiJub25lIn0.{secrets.token_urlsafe(40)}.x")
    machine = planted.put("machine key", f"abk_{secrets.token_hex(8)}_{secrets.token_urlsafe(24)}")
    wrong = planted.put("wrong password", f"bassoon {secrets.token_hex(6)}")
    seal = planted.put("webhook's seal", secrets.token_urlsafe(32))
    login = {"email": planted.secrets["e-mail address"], "password": wrong}
    async with httpx.AsyncClient(base_url=url, timeout=HTTP_SECONDS) as http:
        for token in (forged, machine):
            await http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        await http.post("/v1/auth/login", json=login)
        sealed = {"svix-id": "msg_1", "svix-timestamp": "1", "svix-signature": f"v1,{seal}"}
        await http.post("/v1/webhooks/clerk", headers=sealed, json={"type": WHY})
        await http.post(
            "/v1/webhooks/revenuecat", headers={"Authorization": seal}, json={"event": {"id": WHY}}
        )


async def poison(stack: dict[str, Any]) -> None:
    """A message that breaks its contract, words and all, becomes a dead letter."""
    broker = stack["infrastructure"]["rabbitmq"]
    async with await connect(broker["amqp_url"]) as connection:
        channel = await connection.channel()
        exchange = await channel.get_exchange(COMMANDS)
        for body in (f'{{"text": "{LINES[0]}"}}', f"no JSON: {EDITED}"):
            await exchange.publish(Message(body.encode()), "tts.synthesize.v1")


async def broken_database(url: str, stack: dict[str, Any], planted: Planted) -> None:
    """A failure nobody has a name for: session may not read its own tables for a moment."""
    postgres = stack["infrastructure"]["postgres"]
    owner = await asyncpg.connect(postgres["databases"]["session"]["owner_url"])
    role = urlsplit(postgres["databases"]["session"]["url"]).username
    try:
        await owner.execute(f"REVOKE {RIGHTS} FROM {role}")
        await _ask_anyway(url, planted)
    finally:
        await owner.execute(f"GRANT {RIGHTS} TO {role}")
        await owner.close()


async def _ask_anyway(url: str, planted: Planted) -> None:
    draft = {"title": TITLE, "affirmations": [EDITED], "voiceId": "nova"}
    async with ApiClient(url) as client:
        await client.login(planted.secrets["e-mail address"], planted.secrets["password"])
        async with httpx.AsyncClient(base_url=url, timeout=HTTP_SECONDS) as http:
            http.headers["Authorization"] = client.authorization or ""
            await http.post("/v1/sessions", json=draft)
            await http.get(f"/v1/sessions?q={SEARCHED}&limit=7")
