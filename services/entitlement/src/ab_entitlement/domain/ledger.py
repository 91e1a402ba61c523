"""The ledger: what each change took from a user's day or gave back to it.

For every user and day, the amounts of all entries add up to the reservations that are held plus
what operators corrected. ``drift`` counts where they do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID

from ab_entitlement.domain.reservation import Reservation

Kind: TypeAlias = Literal["reserve", "commit", "release", "lapse", "correct"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; ``amount`` above 0 was spent, below 0 was given back.

    A correction has a ``request_id``, an ``actor`` and a ``reason`` in place of a reservation.
    """

    user_id: str
    day: date
    kind: Kind
    amount: int
    at: datetime
    reservation_id: UUID | None = None
    request_id: UUID | None = None
    actor: str | None = None
    reason: str | None = None


def entries(
    before: Reservation | None, after: Reservation, kind: Kind, at: datetime
) -> tuple[Entry, ...]:
    """What a change of one reservation writes.

    A reservation that is taken anew while its last hold was never given back (it expired
    unseen) lapses first, on the day that it was taken from.
    """
    spent = before is not None and before.held
    if before is None or not spent or kind != "reserve":
        return (_entry(after, kind, int(after.held) - int(spent), at),)
    return _entry(before, "lapse", -1, at), _entry(after, "reserve", 1, at)


def drift(reservations: Iterable[Reservation], written: Iterable[Entry]) -> int:
    """How many reservations the ledger has at another amount than they stand for."""
    sums: Counter[tuple[UUID, date]] = Counter()
    for reservation in reservations:
        sums[reservation.id, reservation.day] -= int(reservation.held)
    for entry in written:
        if entry.reservation_id is not None:
            sums[entry.reservation_id, entry.day] += entry.amount
    return sum(amount != 0 for amount in sums.values())


def balance(written: Iterable[Entry], day: date) -> int:
    """What the ledger says was spent on a day, corrections included."""
    return sum(entry.amount for entry in written if entry.day == day)


def _entry(of: Reservation, kind: Kind, amount: int, at: datetime) -> Entry:
    return Entry(of.user_id, of.day, kind, amount, at, reservation_id=of.id)
