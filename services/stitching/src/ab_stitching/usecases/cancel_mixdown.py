"""Marks jobs as cancelled; whoever mixes for one of them looks here between blocks."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.mixdowns import CancelMixdown as Command

from ab_stitching.ports import Mixdowns


@dataclass(frozen=True, slots=True)
class CancelMixdown:
    """May come before the work, during it, after it, or twice."""

    mixdowns: Mixdowns

    async def __call__(self, command: Command) -> None:
        """Nothing is announced: whoever cancelled has ended the job already."""
        async with self.mixdowns.begin() as unit:
            await unit.cancel(command.job_ids)
