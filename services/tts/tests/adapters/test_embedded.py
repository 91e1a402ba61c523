from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from hashlib import sha256

import pytest
from ab_shared.contracts.speech import Performance, Variant
from ab_shared.errors import DeadlineExceeded, Overloaded, PermanentError, SpeechRefused
from ab_tts.adapters.embedded import WAITING_PER_WORKER, EmbeddedSpeech
from ab_tts.domain.waveform import WAV, Samples
from ab_tts.ports import RawSpeech

LINE = "I welcome 3 calm breaths."
VARIANTS: tuple[Variant, Variant] = (1, 2)
# Speaks in a process that may neither touch the network nor write a file, and says what it tried.
ALONE = """
import asyncio, hashlib, json, sys
tried = []
def watch(event, args):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        tried.append(event)
    if event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        tried.append(str(args[0]))
from ab_tts.adapters.embedded import EmbeddedSpeech
async def main():
    provider = EmbeddedSpeech(1)
    deadline = asyncio.get_running_loop().time() + 60
    sys.addaudithook(watch)
    for voice_id in ("nova", "onyx"):
        for variant in (1, 2):
            read = await provider.synthesize(
                sys.argv[1], provider.recipe_for(voice_id), variant, deadline=deadline
            )
            yield f"{voice_id}{variant}", hashlib.sha256(read.audio).hexdigest()
async def collect():
    return {name: digest async for name, digest in main()}
digests = asyncio.run(collect())
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
peak = int(status["VmHWM"].split()[0]) // 1024
print(json.dumps({"digests": digests, "tried": tried, "peak_mib": peak}))
"""


async def read_of(
    provider: EmbeddedSpeech, text: str, voice_id: str = "nova", variant: Variant = 1
) -> RawSpeech:
    deadline = asyncio.get_running_loop().time() + 60
    return await provider.synthesize(
        text, provider.recipe_for(voice_id), variant, deadline=deadline
    )


async def test_a_read_says_what_it_is(provider: EmbeddedSpeech) -> None:
    read = await read_of(provider, LINE)
    assert read.content_type == WAV
    assert read.audio.startswith(b"RIFF")
    assert 1500 < read.duration_ms < 5000
    assert abs(read.duration_ms - 1000 * (len(read.audio) - 44) / 48_000) <= 1
    assert read.characters == len("I welcome three calm breaths.")


async def test_the_same_read_is_the_same_bytes_everywhere(provider: EmbeddedSpeech) -> None:
    alone = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-B", "-c", ALONE, LINE],
        capture_output=True,
        check=True,
        timeout=60,
    )
    report = json.loads(alone.stdout)
    jobs = [(voice_id, variant) for voice_id in ("nova", "onyx") for variant in VARIANTS] * 3
    reads = await asyncio.gather(*(read_of(provider, LINE, *job) for job in jobs))
    for (voice_id, variant), read in zip(jobs, reads, strict=True):
        assert sha256(read.audio).hexdigest() == report["digests"][f"{voice_id}{variant}"]
    assert report["tried"] == []
    assert report["peak_mib"] < 350


async def test_an_unknown_voice_is_nova_and_a_log_line_says_so(
    provider: EmbeddedSpeech, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "ab.tts"):
        assert provider.recipe_for("ash") == provider.recipe_for("nova")
    assert [record.__dict__["voice_id"] for record in caplog.records] == ["ash"]
    caplog.clear()
    assert provider.recipe_for("neutral") == provider.recipe_for("nova")
    assert not caplog.records


@pytest.mark.parametrize("text", ["", "😀", "\x00", "אני רגוע", "https://example.org"])
async def test_what_cannot_be_said_is_refused(provider: EmbeddedSpeech, text: str) -> None:
    with pytest.raises(SpeechRefused):
        await read_of(provider, text)


@pytest.mark.parametrize(
    "text", ["x" * 500, "yes " * 124, "(" * 250 + "a", "a. " * 160, "[a](/b/)", "ßþðđ", "x' 'y--z"]
)
async def test_odd_lines_are_still_spoken(provider: EmbeddedSpeech, text: str) -> None:
    assert (await read_of(provider, text)).duration_ms > 200


async def test_another_providers_recipe_is_refused(provider: EmbeddedSpeech) -> None:
    recipe = provider.recipe_for("nova").model_copy(update={"provider": "elevenlabs"})
    with pytest.raises(PermanentError):
        await provider.synthesize(LINE, recipe, 1, deadline=0)


class Noted(EmbeddedSpeech):
    """The provider itself; it only writes down what reached a worker."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.spoken: list[str] = []

    def _speak(self, spoken: str, performance: Performance) -> Samples:
        self.spoken.append(spoken)
        return super()._speak(spoken, performance)


async def test_a_late_line_frees_its_place() -> None:
    release = threading.Event()
    provider = Noted()
    provider._workers.submit(release.wait, 30)
    late = asyncio.get_running_loop().time() + 0.05
    with pytest.raises(DeadlineExceeded):
        await provider.synthesize(LINE, provider.recipe_for("nova"), 1, deadline=late)
    release.set()
    assert (await read_of(provider, "I rest.")).duration_ms > 0
    assert provider.spoken == ["I rest."]
    await provider.aclose()


async def test_more_waiting_lines_than_there_is_room_for_are_turned_away() -> None:
    release = threading.Event()
    provider = EmbeddedSpeech(workers=1)
    provider._workers.submit(release.wait, 30)
    waiting = [asyncio.create_task(read_of(provider, "I rest.")) for _ in range(WAITING_PER_WORKER)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await read_of(provider, "I rest.")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    release.set()
    assert (await read_of(provider, "I rest.")).duration_ms > 0
    await provider.aclose()
