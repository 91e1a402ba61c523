"""Lines spoken by the production voices, kept under their content address between runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from multiprocessing import get_context
from pathlib import Path

from ab_shared.contracts.identifiers import speech_address
from ab_shared.contracts.speech import Variant
from ab_tts.adapters.embedded import EmbeddedSpeech
from ab_tts.domain.voices import recipe

FOLDER = Path(".local/sound/speech")
KEY = b"an address for measurements"
VARIANTS: tuple[Variant, Variant] = (1, 2)
DEADLINE_SECONDS = 120.0

Read = tuple[str, str, Variant]
"""Voice, text, variant."""


def reads_of(voice: str, lines: Sequence[str]) -> list[Read]:
    """The reads of some lines in playing order."""
    return [(voice, line, variant) for line in lines for variant in VARIANTS]


def path_of(read: Read) -> Path:
    """Where the file of a read is kept."""
    voice, text, variant = read
    return FOLDER / f"{speech_address(KEY, text, recipe(voice), variant)}.wav"


def speak(reads: Sequence[Read], processes: int = 1) -> list[Path]:
    """The WAV files of the reads; only those that were never spoken take time."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = [read for read in dict.fromkeys(reads) if not path_of(read).exists()]
    shares = [missing[share::processes] for share in range(processes)]
    if processes == 1:
        speak_missing(missing)
    elif missing:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            list(pool.map(speak_missing, shares))
    return [path_of(read) for read in reads]


def speak_missing(reads: Sequence[Read]) -> None:
    """Speaks and stores each read, here and now."""
    if reads:
        asyncio.run(_speak(reads))


async def _speak(reads: Sequence[Read]) -> None:
    async with aclosing(EmbeddedSpeech(1)) as provider:
        for voice, text, variant in reads:
            deadline = asyncio.get_running_loop().time() + DEADLINE_SECONDS
            raw = await provider.synthesize(text, recipe(voice), variant, deadline=deadline)
            target = path_of((voice, text, variant))
            part = target.with_suffix(".part")
            await asyncio.to_thread(part.write_bytes, raw.audio)
            part.replace(target)
