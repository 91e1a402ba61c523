"""What calls of vendors cost: noted where they are made, written down where the read is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

Outcome = Literal[
    "spoken",
    "no_sound",
    "slot_taken",
    "busy",
    "quota_exceeded",
    "voice_gone",
    "refused",
    "rejected",
    "failed",
    "cut_off",
]
CHARGED: frozenset[Outcome] = frozenset({"spoken", "no_sound"})
"""Answers that a vendor has worked for; one that was cut off may have been, which nobody tells."""


@dataclass(frozen=True, slots=True)
class VendorCall:
    """One call; ``micros`` are millionths of the price table's currency."""

    provider: str
    model: str
    outcome: Outcome
    characters: int
    micros: int
    milliseconds: int


_CALLS: ContextVar[list[VendorCall] | None] = ContextVar("vendor_calls", default=None)


@contextmanager
def metered() -> Iterator[list[VendorCall]]:
    """The calls made inside the block, those included that led to nothing."""
    calls: list[VendorCall] = []
    token = _CALLS.set(calls)
    try:
        yield calls
    finally:
        _CALLS.reset(token)


def note(call: VendorCall) -> None:
    """Adds a call to the read that is being metered, if one is."""
    calls = _CALLS.get()
    if calls is not None:
        calls.append(call)


def price_micros(prices: Mapping[str, float], model: str, characters: int) -> int:
    """What a model charges: ``prices`` per million characters, ``default`` for the unlisted."""
    per_million = prices.get(model, prices.get("default", 0.0))
    return round(per_million * characters)
