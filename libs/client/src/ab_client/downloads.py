"""Downloads of signed URLs: whole files or nothing, resumed where they broke off."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import httpx

from ab_client.errors import DownloadFailed

ATTEMPTS = 3
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Download:
    """A file to fetch and where to put it."""

    url: str
    target: Path


async def fetch_all(downloads: list[Download]) -> None:
    """Fetches every file, each under a temporary name until it is whole.

    Raises:
        DownloadFailed: naming the file, never the signed URL.
    """
    async with httpx.AsyncClient(timeout=TIMEOUT) as http:
        await asyncio.gather(*(_fetch(http, download) for download in downloads))


async def _fetch(http: httpx.AsyncClient, download: Download) -> None:
    part = download.target.with_name(download.target.name + ".part")
    part.unlink(missing_ok=True)
    reason = ""
    for _ in range(ATTEMPTS):
        try:
            await _continue(http, download.url, part)
        except httpx.HTTPStatusError as error:
            reason = f"status {error.response.status_code}"
        except httpx.HTTPError as error:
            reason = type(error).__name__
        else:
            part.replace(download.target)
            return
    raise DownloadFailed(f"{download.target.name} could not be downloaded: {reason}")


async def _continue(http: httpx.AsyncClient, url: str, part: Path) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    async with http.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        mode = "ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb"
        with part.open(mode) as file:
            async for chunk in response.aiter_bytes():
                file.write(chunk)
