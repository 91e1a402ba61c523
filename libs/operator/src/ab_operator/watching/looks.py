"""One look each: at a certificate, a place of backups, a disk. Each fails by raising."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from ab_shared.storage.listing import BucketListing
from ab_shared.storage.ports import Access
from ab_shared.storage.s3 import ObjectStore
from cryptography import x509

HTTPS = 443
MANIFEST = "manifest.json"
NEVER = 0.0
PAGE = 1000
MOST_PAGES = 50


async def certificate_end(host: str) -> float:
    """When the certificate that ``host`` (``name`` or ``name:port``) shows ends, in Unix time.

    Nothing is verified: of all certificates, the one that has ended must be seen.

    Raises:
        OSError: nobody answers there, or not in TLS.
    """
    parts = urlsplit(f"//{host}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(
        parts.hostname, parts.port or HTTPS, ssl=context, server_hostname=parts.hostname
    )
    try:
        found: ssl.SSLObject = writer.get_extra_info("ssl_object")
        shown = found.getpeercert(binary_form=True)
    finally:
        # No goodbye: who does not answer it would hold up what has been seen already.
        writer.transport.abort()
    if not shown:
        raise OSError("no certificate was shown")
    return x509.load_der_x509_certificate(shown).not_valid_after_utc.timestamp()


def newest_backup(folder: Path) -> float:
    """When the newest backup in a folder, or the one that it is, was taken; 0 for none.

    The manifest is written last of all, so what has one is whole.

    Raises:
        OSError: the folder cannot be read.
        ValueError: the only manifests there are cannot be read.
    """
    entries = list(folder.iterdir())
    places = [folder, *(entry for entry in entries if not entry.name.endswith(".part"))]
    manifests = [place / MANIFEST for place in places if (place / MANIFEST).is_file()]
    if not manifests:
        return NEVER
    taken = list(_moments(manifests))
    if not taken:
        raise ValueError("no manifest can be read")
    return max(taken)


def _moments(manifests: list[Path]) -> Iterator[float]:
    for manifest in manifests:
        # One that is damaged is no backup; another may be one.
        with suppress(ValueError, KeyError, TypeError):
            taken_at = json.loads(manifest.read_text(encoding="utf-8"))["taken_at"]
            yield datetime.fromisoformat(taken_at).timestamp()


async def newest_object(access: Access, url: str) -> float:
    """When the newest manifest under ``s3://bucket/prefix`` was written, in Unix time; 0 for none.

    Raises:
        DependencyUnavailable: the store does not answer, or does not let us look.
        ValueError: there are too many objects to have seen the newest.
    """
    place = urlsplit(url)
    prefix, newest, after = place.path.lstrip("/"), NEVER, ""
    async with ObjectStore(access, place.netloc) as store:
        listing = BucketListing(store)
        for _ in range(MOST_PAGES):
            page = await listing.page(prefix, after, PAGE)
            written = (o.written_at.timestamp() for o in page if o.key.endswith(MANIFEST))
            newest = max([newest, *written])
            if len(page) < PAGE:
                return newest
            after = page[-1].key
    raise ValueError("more objects than are looked through: name a prefix with manifests alone")


def disk_free(path: str) -> float:
    """The share of the disk under ``path`` that a process without rights may still write, 0 to 1.

    Raises:
        OSError: there is no such path.
    """
    found = os.statvfs(path)
    return found.f_bavail / found.f_blocks if found.f_blocks else 0.0
