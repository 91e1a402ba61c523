"""A vendor of speech that has had enough of us, or says nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from drills.stage import Stage

SECONDS = 10.0
FOR_EVER = 1_000_000
BUSY = {"kind": "busy", "where": "speech", "code": "system_busy", "retry_after": "1"}
SILENT = {"kind": "hang", "where": "speech"}


class VendorTrouble:
    """The made-up ElevenLabs answers every call for speech in one way until it is mended."""

    def __init__(self, stage: Stage, fault: Mapping[str, Any]) -> None:
        self._url = f"{stage.simulator('elevenlabs')}/_control/faults"
        self._fault = {**fault, "times": FOR_EVER}

    async def break_it(self) -> None:
        """From now on."""
        await self._plan([self._fault])

    async def mend_it(self) -> None:
        """It speaks again."""
        await self._plan([])

    async def owed(self) -> Mapping[str, int]:
        """Nothing: whoever waits for a track is counted."""
        return {}

    async def _plan(self, faults: list[dict[str, Any]]) -> None:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            (await client.post(self._url, json={"faults": faults})).raise_for_status()


def throttled(stage: Stage) -> VendorTrouble:
    """429 to everything."""
    return VendorTrouble(stage, BUSY)


def silent(stage: Stage) -> VendorTrouble:
    """Connections are taken, and nothing comes."""
    return VendorTrouble(stage, SILENT)
