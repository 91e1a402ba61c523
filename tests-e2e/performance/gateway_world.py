"""What the gateway is measured with: an issuer of its own, rows to read, and processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shlex
import signal
import socket
import sys
import threading
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

TOKEN_SECONDS = 3600
START_SECONDS = 90
KID = "bench"
LINES = ["I welcome this calm morning", "I am learning to rest", "I choose slow breath", "I trust"]
ADD_TRACK = """
    INSERT INTO tracks (track_address, asset, loudness_lufs, true_peak_dbtp, segments, engine_mode,
                        profile_version, render_ms, rendered_at)
    VALUES ($1, $2, -20, -1.6, '[]', 'splice', 'bench', 40, now()) ON CONFLICT DO NOTHING
"""
ADD_SESSIONS = """
    INSERT INTO sessions (id, owner_user_id, source, title, goal_tag, lines, voice_id, frequency_hz,
                          brainwave_state, generation, wanted_track, track_address, generated_at,
                          version, created_at, updated_at)
    SELECT row.id, row.owner, 'user', 'Calm morning', 'meditate', $3::text[], 'nova', 7, 'Theta',
           'committed', $4, $4, now(), 1, now(), now()
    FROM unnest($1::uuid[], $2::text[]) AS row(id, owner)
"""

ADD_USERS = """
    INSERT INTO users (id, timezone, created_at)
    SELECT $1::text || s, 'UTC', now() FROM unnest($2::text[]) AS s
"""
ADD_IDENTITIES = """
    INSERT INTO identities (issuer, subject, user_id)
    SELECT $1::text, s, $2::text || s FROM unnest($3::text[]) AS s
"""


class Issuer:
    """Signs tokens as Clerk does (RS256, 2048 bits) and publishes its key over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = rsa.generate_private_key(65537, 2048)
        public = self._key.public_key()
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        jwk = jwt.get_algorithm_by_name("RS256").to_jwk(public, as_dict=True)
        self.keys = json.dumps({"keys": [{**jwk, "kid": KID}]}).encode()

    def token(self, subject: str) -> str:
        """A token that nobody has seen before."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "sub": subject,
            "sid": f"sess_{uuid4().hex}",
            "iat": now,
            "nbf": now,
            "exp": now + TOKEN_SECONDS,
            "jti": uuid4().hex,
            "v": 2,
        }
        return jwt.encode(claims, self._key, "RS256", headers={"kid": KID})


@contextmanager
def publishing() -> Iterator[Issuer]:
    """An issuer whose key set is served on loopback."""
    answers: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(answers[0])

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    answers.append(issuer.keys)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield issuer
    server.shutdown()
    server.server_close()


async def seed_users(stack: dict[str, Any], issuer: str, prefix: str, subjects: list[str]) -> None:
    """Users whom auth has met before, put straight into its database."""
    connection = await asyncpg.connect(database(stack, "auth"))
    try:
        await connection.execute(ADD_USERS, prefix, subjects)
        await connection.execute(ADD_IDENTITIES, issuer, prefix, subjects)
        await connection.execute("ANALYZE identities")
    finally:
        await connection.close()


async def seed(stack: dict[str, Any], owners: list[str]) -> list[UUID]:
    """One session for each owner, with a rendered track, put straight into the database."""
    ids = [uuid4() for _ in owners]
    address = hashlib.sha256(b"bench").hexdigest()
    asset = {
        "key": f"tracks/{address}/affirmations.m4a",
        "bytes": 600_000,
        "sha256": address,
        "duration_ms": 24_000,
    }
    connection = await asyncpg.connect(database(stack, "session"))
    try:
        await connection.execute(ADD_TRACK, address, json.dumps(asset))
        await connection.execute(ADD_SESSIONS, ids, owners, LINES, address)
        await connection.execute("ANALYZE sessions")
    finally:
        await connection.close()
    return ids


def database(stack: dict[str, Any], name: str) -> str:
    """A database as its administrator reaches it."""
    base = str(stack["infrastructure"]["postgres"]["admin_url"]).rsplit("/", 1)[0]
    return f"{base}/{name}"


def environment_of(stack: dict[str, Any], service: str) -> dict[str, str]:
    """The environment that the stack gives a service."""
    path = Path(stack["services"][service]["env_file"])
    words = shlex.split(path.read_text(encoding="utf-8"), comments=True)
    return dict(word.split("=", 1) for word in words)


def gateway_environment(stack: dict[str, Any], issuer: Issuer, **changes: str) -> dict[str, str]:
    """The stack's own gateway, believing one more issuer and counting up to a high limit."""
    own = environment_of(stack, "gateway")
    more = {"issuer": issuer.url, "kind": "jwks", "prefix": "bench:"}
    issuers = [*json.loads(own["TOKEN_ISSUERS"]), more]
    return {
        **own,
        "TOKEN_ISSUERS": json.dumps(issuers),
        "RATE_LIMIT_PER_MINUTE": "100000000",
        "INTERNAL_HTTP_PORT": str(free_port()),
        **changes,
    }


def monolith_environment(stack: dict[str, Any], issuer: Issuer, prefix: str) -> dict[str, str]:
    """The monolith on the same stores; ``prefix`` is what user ids begin with in the rows."""
    own = environment_of(stack, "gateway")
    return {
        **os.environ,
        "PUBLIC_PEM": issuer.pem,
        "ISSUER": issuer.url,
        "OWNER_PREFIX": prefix,
        "VALKEY_URL": own["VALKEY_URL"],
        "MEDIA_URL": own["MEDIA_PUBLIC_BASE_URL"],
        "MEDIA_BUCKET": own["AWS_S3_BUCKET_NAME"],
        "AWS_ACCESS_KEY_ID": own["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": own["AWS_SECRET_ACCESS_KEY"],
        "SESSION_DSN": database(stack, "session"),
        "ENTITLEMENT_DSN": database(stack, "entitlement"),
        "FREE_DAILY_GENERATIONS": str(stack["free_daily_generations"]),
    }


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Server:
    """A process that serves HTTP on loopback."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


@asynccontextmanager
async def serving(
    module: str, environment: dict[str, str], log: Path, *arguments: str
) -> AsyncIterator[Server]:
    """Runs ``python -m module`` until the block ends; ready when it answers /v1/health."""
    port = free_port()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *arguments),
            env={**environment, "PORT": str(port)},
            stdout=out,
            stderr=out,
        )
    server = Server(process, port)
    try:
        await _answers(server, module, log)
        yield server
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _answers(server: Server, module: str, log: Path) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(START_SECONDS):
        while True:
            if server.process.returncode is not None:
                raise RuntimeError(f"{module} did not start, see {log}")
            try:
                if (await client.get(f"{server.url}/v1/health")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
