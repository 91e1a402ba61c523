"""The look from outside: does an address answer now, asked as users ask it?"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from functools import cache

import httpx

MOST_BYTES = 64 * 1024
HEADERS = {"User-Agent": "ab-watch"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question; ``why`` is the status or the error of one that is not up."""

    up: bool
    seconds: float
    why: str = ""


async def ask(address: str, seconds: float) -> Answer:
    """Asks once, over a connection of its own; up is a 2xx that came whole within ``seconds``.

    A name that is not known, a certificate that has ended, a redirect, a body that breaks off:
    none of them is up. Of a body no more than 64 KiB are read.
    """
    believed = _believed()
    began = time.perf_counter()
    try:
        async with asyncio.timeout(seconds):
            why = await _refusal(address, seconds, believed)
    except (httpx.HTTPError, TimeoutError) as error:
        why = type(error).__name__
    return Answer(not why, time.perf_counter() - began, why)


@cache
def _believed() -> ssl.SSLContext:
    """Who may sign certificates, read once: it takes longer than most answers."""
    return httpx.create_ssl_context()


async def _refusal(address: str, seconds: float, believed: ssl.SSLContext) -> str:
    """The status that is no 2xx; nothing where all is well."""
    # No proxy of this machine's: users have none either, and it would answer for who is away.
    async with (
        httpx.AsyncClient(
            verify=believed,
            timeout=seconds,
            trust_env=False,
            follow_redirects=False,
            headers=HEADERS,
        ) as http,
        http.stream("GET", address) as answer,
    ):
        if not answer.is_success:
            return str(answer.status_code)
        taken = 0
        # Raw: what is small on the way may be huge when it is unpacked.
        async for piece in answer.aiter_raw():
            taken += len(piece)
            if taken >= MOST_BYTES:
                break
        return ""
