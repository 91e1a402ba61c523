"""What the use cases around another issuer's users need from outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.privacy import PrivacyJobState, RequestErasure

from ab_auth.domain.identities import Comparison, Departure, Outsider


class Identities(Protocol):
    """News of other issuers' users, who has left, and comparisons with an issuer's list."""

    async def hold_outsider(self, who: Outsider) -> None:
        """Makes everybody else who has news of this person wait until the transaction ends."""
        ...

    async def first_event(self, event_id: str) -> bool:
        """Marks an event of an issuer as taken; False when it was."""
        ...

    async def event_taken(self, event_id: str) -> bool:
        """Whether an event of an issuer has been taken."""
        ...

    async def note_change(self, who: Outsider, changed_at: datetime) -> bool:
        """Notes when somebody was changed; False when a later change is noted, or nobody known."""
        ...

    async def outsider(self, user_id: str) -> Outsider | None:
        """The subject that is this user."""
        ...

    async def departure(self, who: Outsider) -> Departure | None:
        """Whether they have left."""
        ...

    async def keep_departure(self, who: Outsider, departure: Departure) -> None:
        """Remembers that somebody left; the later instant and the graver reason stay."""
        ...

    async def forget_departure(self, who: Outsider) -> None:
        """Somebody is back."""
        ...

    async def being_erased(self, user_id: str) -> bool:
        """Whether an erasure of this user is live: nobody becomes this user meanwhile."""
        ...

    async def mark_listed(
        self, issuer: str, subjects: Collection[str], at: datetime
    ) -> frozenset[str]:
        """Notes that these were on the issuer's list; those of them who are known here."""
        ...

    async def missing(self, issuer: str, since: datetime, limit: int) -> Sequence[Outsider]:
        """Users made before ``since`` whom the issuer has not listed from then on, some of them."""
        ...

    async def count_missing(self, issuer: str, since: datetime) -> tuple[int, int]:
        """How many are missing, of how many."""
        ...

    async def hold_comparison(self, issuer: str) -> Comparison:
        """The latest comparison, held until the transaction ends; an empty one where none was."""
        ...

    async def keep_comparison(self, comparison: Comparison) -> None:
        """Writes how far it has come."""
        ...


class IssuerUsers(Protocol):
    """An issuer's own word on its users.

    Both calls may raise ``DependencyUnavailable``, with ``retry_after`` seconds in its details
    when the issuer asks for a rest.
    """

    async def has(self, subject: str) -> bool:
        """Whether the issuer has this user; False only when it says plainly that it has not."""
        ...

    async def users_page(self, place: int, limit: int) -> Sequence[str]:
        """Subjects, oldest first, from ``place`` on; less than ``limit`` at the end."""
        ...


class Erasing(Protocol):
    """Starts the erasure of everything held of a user."""

    async def __call__(self, request: RequestErasure) -> PrivacyJobState:
        """Asking again while an erasure is live changes nothing."""
        ...
