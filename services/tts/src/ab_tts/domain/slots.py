"""How many calls at once a vendor is asked for: its own word where it gives one, else by feeling.

Where answers carry the vendor's maximum, that is the bound, less what others of the same account
use. Elsewhere the bound grows by one for as many answers as it is high and halves when the vendor
has enough (additive increase, multiplicative decrease: Chiu and Jain, 1989).
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Slots:
    """``limit`` calls at once, never above ``most``; ``told`` is the vendor's own maximum."""

    limit: float
    most: int
    told: int | None = None

    @property
    def open(self) -> int:
        """Whole calls at once; one always goes, else nothing would ever be learnt."""
        bound = self.most if self.told is None else min(self.most, self.told)
        return max(1, min(int(self.limit), bound))


def heard(slots: Slots, maximum: int, current: int, mine: int) -> Slots:
    """The vendor said how many calls the account may have, and how many run; ``mine`` of them."""
    if maximum < 1:
        return slots
    others = max(0, current - mine)
    return replace(slots, told=maximum, limit=float(max(1, maximum - others)))


def answered(slots: Slots) -> Slots:
    """A call went well."""
    if slots.told is not None:
        return slots
    return replace(slots, limit=min(float(slots.most), slots.limit + 1 / slots.limit))


def crowded(slots: Slots, busy: int) -> Slots:
    """The vendor has too many calls at once while ``busy`` of them are ours."""
    if slots.told is not None:
        return replace(slots, limit=float(max(1, min(int(slots.limit), busy) - 1)))
    return replace(slots, limit=max(1.0, min(slots.limit, busy) / 2))
