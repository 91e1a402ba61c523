"""What went wrong with one call of a vendor, and whether and when another one makes sense."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from ab_tts.domain.metering import Outcome

FIRST_WAIT, LONGEST_WAIT = 0.5, 8.0
SLOT_WAIT = 0.25
LONGEST_ASKED = 3600.0


class Trouble(Exception):
    """A call that was not answered with sound; ``retry_after`` is what the vendor asked for."""

    def __init__(
        self, outcome: Outcome, *, code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(outcome, code)
        self.outcome: Outcome = outcome
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Patience:
    """``tries`` calls a read whose failing may be charged; ``seconds`` is how long one may take."""

    tries: int = 3
    seconds: float = 20.0


def wait_after(trouble: Trouble, failed: int, dice: random.Random) -> float:
    """Seconds before the next call, ``failed`` ones (from 1) lying behind: doubled, with jitter."""
    if trouble.outcome == "slot_taken":
        base = trouble.retry_after or SLOT_WAIT
    elif trouble.retry_after is not None:
        return trouble.retry_after
    else:
        base = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failed - 1))
    return base * dice.uniform(0.75, 1.25)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that ``Retry-After`` (RFC 9110, 10.2.3) asks for: figures or a date, bounded."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_ASKED)
    try:
        at = parsedate_to_datetime(value)
        return min(max(0.0, (at - now).total_seconds()), LONGEST_ASKED)
    except (ValueError, TypeError):
        return None
