"""What a plan says of offline files, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ab_shared.errors import EntitlementRequired


@dataclass(frozen=True, slots=True)
class DownloadPermit:
    """Whether files may be kept offline; ``minutes`` is the longest mixdown, None any length.

    ``until`` is when the plan ends if nothing more is heard, grace included; None: no end.
    """

    downloads: bool
    minutes: int | None
    until: datetime | None = None
    grace: bool = False


def check_downloads(permit: DownloadPermit) -> None:
    """Refuses with EntitlementRequired whoever may keep no files."""
    if not permit.downloads:
        raise EntitlementRequired("Offline files are a part of Pro")


def check_mixdown(permit: DownloadPermit, minutes: int) -> None:
    """Refuses with EntitlementRequired a mixdown that the plan does not hold."""
    check_downloads(permit)
    if permit.minutes is not None and minutes > permit.minutes:
        raise EntitlementRequired(
            f"This plan makes offline files of up to {permit.minutes} minutes",
            details={"minutes": "is longer than the plan allows"},
        )
