"""Archives: packed into a file on the disk, then put into the object store in parts."""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ab_shared.contracts.exporting import ExportedFile, ExportedRecord
from ab_shared.errors import PermanentError
from ab_shared.storage.failures import mapped
from ab_shared.storage.s3 import ObjectStore
from ab_shared.storage.tracing import traced

from ab_auth.export_ports import Packed

CHUNK_BYTES = 1024 * 1024
CHUNK_SECONDS = 30.0
ZIP_TYPE = "application/zip"
AUDIO = "audio/"
LEFT_OUT = "not-included.json"
README = """What Affirmation Beats holds of you, as of {at}.

auth/          your profile, how you sign in, when you did, roles you were given
session/       your sessions with every line you wrote, and what was made of them
entitlement/   your plan, what you used of it, what you bought
audio/         your tracks, one folder a session, and the offline files you had made

Times are in UTC (ISO 8601). Each JSON file is a list of records of one kind; a kind of which there
is nothing has no file. Brain layers and backgrounds are not in here: they are the same for
everybody. {left_out}
"""
NOTHING_LEFT_OUT = "Nothing was left out."
SOME_LEFT_OUT = f"Some sound could not be put in: {LEFT_OUT} says which, and why."


class ZipPacking:
    """Implements ``Packing`` on an open file."""

    def __init__(self, path: Path, store: ObjectStore, max_bytes: int) -> None:
        self._path = path
        self._store = store
        self._max_bytes = max_bytes
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._entry: IO[bytes] | None = None
        self._entry_name = ""

    async def add(self, folder: str, records: Sequence[ExportedRecord]) -> None:
        """In a thread: compressing is work."""
        await asyncio.to_thread(self._add, folder, records)

    async def sound(self, file: ExportedFile) -> str | None:
        """Chunk by chunk; the bound is asked before anything is written."""
        await asyncio.to_thread(self._close_entry)
        written = await asyncio.to_thread(lambda: self._path.stat().st_size)
        if written + file.asset.bytes > self._max_bytes:
            return "the archive would be too large"
        try:
            right = await self._copy(file)
        except PermanentError:
            return "it is not stored any more; it can be made again in the app"
        return None if right else "what was stored is damaged"

    async def finish(self, left_out: Sequence[tuple[str, str]]) -> Packed:
        """With a page for people, and a list where something is missing."""
        return await asyncio.to_thread(self._finish, left_out)

    def close(self) -> None:
        """Lets go of the file, whatever state it is in."""
        if self._entry is not None:
            self._entry.close()
            self._entry = None
        self._zip.close()

    def _add(self, folder: str, records: Sequence[ExportedRecord]) -> None:
        for record in records:
            name = f"{folder}/{record.kind}.json"
            if name != self._entry_name:
                self._close_entry()
                self._entry = self._zip.open(name, "w")
                self._entry_name = name
                start = "[\n"
            else:
                start = ",\n"
            text = json.dumps(record.data, ensure_ascii=False, indent=1)
            if self._entry is not None:
                self._entry.write((start + text).encode("utf-8", "replace"))

    def _close_entry(self) -> None:
        if self._entry is not None:
            self._entry.write(b"\n]\n")
            self._entry.close()
            self._entry = None

    async def _copy(self, file: ExportedFile) -> bool:
        """Whether what was copied is what its row says."""
        digest = hashlib.sha256()
        # Sound is compressed already.
        info = zipfile.ZipInfo(AUDIO + file.name, datetime.now(UTC).timetuple()[:6])
        with traced("get", self._store.bucket, file.asset.key), mapped(file.asset.key):
            async with asyncio.timeout(CHUNK_SECONDS):
                answer = await self._store.client.get_object(
                    Bucket=self._store.bucket, Key=file.asset.key
                )
            async with answer["Body"] as body:
                with self._zip.open(info, "w", force_zip64=True) as entry:
                    # One more than there should be shows that it is too long.
                    left = file.asset.bytes + 1
                    while left > 0:
                        async with asyncio.timeout(CHUNK_SECONDS):
                            chunk = await body.content.read(min(CHUNK_BYTES, left))
                        if not chunk:
                            break
                        left -= len(chunk)
                        digest.update(chunk)
                        await asyncio.to_thread(entry.write, chunk)
        return digest.hexdigest() == file.asset.sha256

    def _finish(self, left_out: Sequence[tuple[str, str]]) -> Packed:
        self._close_entry()
        if left_out:
            rows = [{"file": AUDIO + name, "reason": reason} for name, reason in left_out]
            self._zip.writestr(LEFT_OUT, json.dumps(rows, ensure_ascii=False, indent=1))
        told = SOME_LEFT_OUT if left_out else NOTHING_LEFT_OUT
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        self._zip.writestr("README.txt", README.format(at=at, left_out=told))
        self._zip.close()
        with self._path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Packed(self._path, self._path.stat().st_size, sha256)


class StoredArchives:
    """Implements ``Archives`` on the media bucket, of which this service may write ``exports/``."""

    def __init__(self, store: ObjectStore, max_bytes: int) -> None:
        self._store = store
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def packing(self) -> AsyncIterator[ZipPacking]:
        """In a folder of its own, removed at the end; a killed process leaves it to the machine."""
        with tempfile.TemporaryDirectory(prefix="ab-export-") as folder:
            packing = ZipPacking(Path(folder) / "archive.zip", self._store, self._max_bytes)
            try:
                yield packing
            finally:
                await asyncio.to_thread(packing.close)

    async def store(self, key: str, packed: Packed) -> None:
        """No cache may keep it: it is one person's, and goes after a week."""
        await self._store.put_file(key, packed.path, ZIP_TYPE, immutable=False)

    async def remove(self, key: str) -> None:
        """One request."""
        await self._store.delete(key)
