"""What is said to somebody who writes of hurting themselves, and who can help where they live."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ab_shared.contracts.care import Care, HelpLine

EVERYWHERE = "*"
OPENING = (
    "It sounds as if you are carrying something very hard right now. "
    "You matter, and you deserve to be heard by somebody."
)
EMERGENCY = "If you are in danger, please call your local emergency number now."
# The installed app takes these for the kind of a failure, wherever they stand in a body.
MISREAD = re.compile(r"connection|[45]\d\d", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class CareBook:
    """Help lines by country (ISO 3166-1 alpha-2), and under ``EVERYWHERE`` those for anybody."""

    lines: Mapping[str, tuple[HelpLine, ...]]

    def care(self, region: str | None) -> Care:
        """What to answer in a region; the lines for anybody where nobody is known there."""
        here = self.lines.get(region) if region else None
        found = here or self.lines[EVERYWHERE]
        reach = "; ".join(f"{line.name}: {line.contact}" for line in found)
        return Care(
            message=f"{OPENING} {reach}. {EMERGENCY}",
            region=region if here else None,
            resources=found,
        )

    def with_lines(self, more: Mapping[str, Sequence[HelpLine]]) -> CareBook:
        """The book with other lines for some countries, each in place of what was there.

        Raises:
            ValueError: as ``check_lines``, or there is nothing for anybody.
        """
        lines = {**self.lines, **{region: tuple(given) for region, given in more.items()}}
        if EVERYWHERE not in check_lines(lines):
            raise ValueError("there is no help line for anybody")
        return replace(self, lines=lines)


def check_lines(lines: dict[str, tuple[HelpLine, ...]]) -> dict[str, tuple[HelpLine, ...]]:
    """The same lines.

    Raises:
        ValueError: a country that is none, an empty list, or words that the installed app misreads.
    """
    for region, given in lines.items():
        if region != EVERYWHERE and not _COUNTRY.fullmatch(region):
            raise ValueError(f"{region!r} is no country of two capital letters")
        if not given:
            raise ValueError(f"{region} has no help line")
        if any(MISREAD.search(f"{one.name} {one.contact} {one.url or ''}") for one in given):
            raise ValueError(f"a help line of {region} would be misread by the app")
    return lines
