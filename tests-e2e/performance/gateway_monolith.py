"""What a user would otherwise write: one FastAPI process that does it all on every request.

It verifies the token with PyJWT, counts in Valkey, selects with asyncpg from the same rows and
answers the same JSON. In its favour: no access log, no request id, no security headers, no
validation of its answers, one round trip to each store. ``python -m performance.gateway_monolith
plain`` serves nothing but a health route.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import jwt
import uvicorn
import valkey.asyncio as valkey
from ab_shared.storage.cdn import PresignedUrlSigner
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import JSONResponse
from pydantic import SecretStr

UNLIMITED = 9007199254740991
ALLOWED_A_MINUTE = 100_000_000
URL_LIFE = timedelta(hours=6)
SESSION = """
    SELECT s.*, t.asset FROM sessions s LEFT JOIN tracks t ON t.track_address = s.track_address
    WHERE s.id = $1 AND (s.owner_user_id IS NULL OR s.owner_user_id = $2)
"""
PLAYABLE = """
    SELECT id, title, goal_tag FROM (
        SELECT 0 AS part, catalogue_position AS place, created_at, id, title, goal_tag
        FROM sessions WHERE owner_user_id IS NULL
        UNION ALL
        (SELECT 1, NULL, created_at, id, title, goal_tag FROM sessions WHERE owner_user_id = $1
         ORDER BY created_at DESC, id LIMIT $3::int + $2)
    ) AS playable ORDER BY part, place, created_at DESC, id LIMIT $2 OFFSET $3
"""
STANDING = """
    SELECT (SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE user_id = $1 AND day = $2)
               AS spent,
           EXISTS (SELECT 1 FROM subscriptions
                   WHERE user_id = $1 AND (expires_at IS NULL OR expires_at > now())) AS pro
"""


class Stores:
    """The two databases, the cache, the key to believe and what signs URLs."""

    def __init__(self) -> None:
        env = os.environ
        self.cache = valkey.Valkey.from_url(env["VALKEY_URL"])
        self.key = load_pem_public_key(env["PUBLIC_PEM"].encode())
        self.issuer = env["ISSUER"]
        # The gateway's own signer: signing costs both sides the same.
        self.signer = PresignedUrlSigner(
            env["MEDIA_URL"],
            env["MEDIA_BUCKET"],
            region="us-east-1",
            access_key_id=SecretStr(env["AWS_ACCESS_KEY_ID"]),
            secret_access_key=SecretStr(env["AWS_SECRET_ACCESS_KEY"]),
        )
        self.sessions: asyncpg.Pool
        self.entitlements: asyncpg.Pool

    async def open(self) -> None:
        """Opens pools as large as the load is wide."""
        sizes = {"min_size": 4, "max_size": 16}
        self.sessions = await asyncpg.create_pool(os.environ["SESSION_DSN"], **sizes)
        self.entitlements = await asyncpg.create_pool(os.environ["ENTITLEMENT_DSN"], **sizes)

    async def close(self) -> None:
        """Closes what was opened."""
        await self.sessions.close()
        await self.entitlements.close()
        await self.cache.aclose()

    async def user(self, authorization: Annotated[str | None, Header()] = None) -> str:
        """Verifies the token and counts the request."""
        if authorization is None or not authorization.startswith("Bearer "):
            raise HTTPException(401)
        try:
            claims = jwt.decode(
                authorization.removeprefix("Bearer "),
                self.key,
                algorithms=["RS256"],
                issuer=self.issuer,
                leeway=5,
                options={"require": ["exp", "nbf", "iat", "sub", "iss"]},
            )
        except jwt.PyJWTError:
            raise HTTPException(401) from None
        counting = self.cache.pipeline(transaction=False)
        counting.incr(f"monolith:{claims['sub']}")
        counting.expire(f"monolith:{claims['sub']}", 60, nx=True)
        used, _ = await counting.execute()
        if used > ALLOWED_A_MINUTE:
            raise HTTPException(429)
        return os.environ["OWNER_PREFIX"] + str(claims["sub"])


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def session_json(row: asyncpg.Record, signer: PresignedUrlSigner) -> dict[str, Any]:
    """A row as the app reads it; what is absent is left out."""
    body = {
        "schemaVersion": 3,
        "id": str(row["id"]),
        "source": row["source"],
        "title": row["title"],
        "goalTag": row["goal_tag"],
        "affirmations": row["lines"],
        "voiceId": row["voice_id"],
        "pace": "slow",
        "frequencyHz": row["frequency_hz"],
        "brainwaveState": row["brainwave_state"],
        "solfeggioHz": row["solfeggio_hz"],
        "createdAt": _instant(row["created_at"]),
        "updatedAt": _instant(row["updated_at"]),
    }
    if row["asset"] is not None:
        key = json.loads(row["asset"])["key"]
        body["audio"] = {
            "affirmationsMergedUrl": signer.sign(key, expires_at=datetime.now(UTC) + URL_LIFE),
            "affirmationsHash": row["track_address"],
            "generatedAt": _instant(row["generated_at"]),
        }
    present = {name: value for name, value in body.items() if value is not None}
    return {**present, "ownerUserId": row["owner_user_id"]}


def entitlement_json(*, pro: bool, spent: int) -> dict[str, Any]:
    """A standing as the app reads it."""
    a_day = int(os.environ["FREE_DAILY_GENERATIONS"])
    remaining = UNLIMITED if pro else max(0, a_day - spent)
    return {
        "plan": "pro" if pro else "free",
        "status": "active",
        "limits": {
            "dailyGenerations": UNLIMITED if pro else a_day,
            "maxSessionLengthSec": UNLIMITED,
            "offlineDownloads": pro,
        },
        "canCreateSession": remaining > 0,
        "canGenerateAudio": remaining > 0,
        "remainingFreeGenerationsToday": remaining,
        "maxSessionLengthSecEffective": UNLIMITED,
    }


def monolith() -> FastAPI:
    """The application."""
    stores = Stores()
    caller = Depends(stores.user)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await stores.open()
        yield
        await stores.close()

    app = plain(lifespan)

    @app.get("/v1/sessions/{session_id}")
    async def read_session(session_id: UUID, user: str = caller) -> JSONResponse:
        row = await stores.sessions.fetchrow(SESSION, session_id, user)
        if row is None:
            raise HTTPException(404)
        return JSONResponse(session_json(row, stores.signer))

    @app.get("/v1/sessions")
    async def list_sessions(limit: int = 50, offset: int = 0, user: str = caller) -> JSONResponse:
        rows = await stores.sessions.fetch(PLAYABLE, user, limit + 1, offset)
        page = [{"id": str(row["id"]), "title": row["title"]} for row in rows[:limit]]
        for row, out in zip(rows, page, strict=False):
            if row["goal_tag"] is not None:
                out["goalTag"] = row["goal_tag"]
        more = len(rows) > limit
        body = {"sessions": page, "limit": limit, "offset": offset, "hasMore": more}
        return JSONResponse(body)

    @app.get("/v1/me/entitlement")
    async def entitlement(user: str = caller) -> JSONResponse:
        today = datetime.now(UTC).date()
        row = await stores.entitlements.fetchrow(STANDING, user, today)
        return JSONResponse(entitlement_json(pro=row["pro"], spent=row["spent"]))

    return app


def plain(lifespan: Any = None) -> FastAPI:
    """Nothing but a health route."""
    app = FastAPI(lifespan=lifespan)

    @app.get("/v1/health")
    async def health() -> JSONResponse:
        return JSONResponse({"ok": True})

    return app


if __name__ == "__main__":
    uvicorn.run(
        plain() if sys.argv[1:] == ["plain"] else monolith(),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
