"""``python -m performance.audio_worker LIST FOLDER``: a live stitching worker, alone.

It is the production code from the command to the announcement (use cases, store of reads,
workshop, engine, one thread), with files in place of buckets and a dict in place of the
database; broker and clients of the network are left out unless ``--whole-service`` loads
them. One order a line on standard input, one JSON answer a line on standard output.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from ab_shared.contracts import commands
from ab_shared.storage.keys import speech_key
from ab_stitching.adapters.read_store import StoredReads
from ab_stitching.adapters.workshop import Workshop
from ab_stitching.usecases.prepare_read import PrepareRead
from ab_stitching.usecases.render_track import RenderTrack

from performance.audio_store import DictLibrary, FolderBlobs

CACHED_READS = 256  # as the service's settings have it


class Worker:
    """The two use cases of a track over one folder."""

    def __init__(self, raw: Sequence[Path], folder: Path) -> None:
        self._raw = raw
        self._blobs = FolderBlobs(folder)

    async def prepare_and_render(self) -> None:
        """From raw speech in the bucket to the finished track in the other one."""
        library, reads, engine = DictLibrary(), StoredReads(self._blobs, CACHED_READS), Workshop(1)
        prepare = PrepareRead(library, self._blobs, reads, engine)
        addresses = [_address(f"{place} {path}") for place, path in enumerate(self._raw)]
        for address, path in zip(addresses, self._raw, strict=True):
            await self._blobs.put_file(speech_key(address), path, "audio/mpeg")
            await prepare(
                commands.PrepareRead(
                    speech_address=address,
                    prepared_address=address,
                    speech_key=speech_key(address),
                )
            )
        await self._rendered(library, reads, engine, addresses)

    async def render(self) -> None:
        """Prepared reads from the bucket, none of them at hand, to the finished track."""
        addresses = [_address(f"{place} {path}") for place, path in enumerate(self._raw)]
        reads = StoredReads(self._blobs, CACHED_READS)
        await self._rendered(DictLibrary(), reads, Workshop(1), addresses)

    async def _rendered(
        self, library: DictLibrary, reads: StoredReads, engine: Workshop, addresses: list[str]
    ) -> None:
        track = _address(" ".join(addresses))
        command = commands.RenderTrack(track_address=track, reads=tuple(addresses))
        await RenderTrack(library, reads, self._blobs, engine)(command)
        assert track in library.tracks, library.sent[-1]


def peak_rss_mib() -> float:
    """The most memory this process has had, after the kernel (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024, 1)


def _address(name: str) -> str:
    return sha256(name.encode()).hexdigest()


async def _serve(worker: Worker) -> None:
    orders = {"cold": worker.prepare_and_render, "warm": worker.render}
    while order := (await asyncio.to_thread(sys.stdin.readline)).strip():
        started = time.perf_counter()
        for _ in range(int(order.split()[1])):
            await orders[order.split()[0]]()
        answer = {"seconds": time.perf_counter() - started, "peak_rss_mib": peak_rss_mib()}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if "--whole-service" in sys.argv:
        importlib.import_module("ab_stitching.bootstrap")
    LISTED = list(map(Path, Path(sys.argv[1]).read_text().split()))
    asyncio.run(_serve(Worker(LISTED, Path(sys.argv[2]))))
