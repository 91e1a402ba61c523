"""What jobs cost, what a user's day holds, and how operators look at it and mend it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from ab_shared.contracts.base import Contract, Event, Request

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]
Actor = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
# Any more is a slip of the hand.
MOST_CORRECTED = 1000


class JobCosted(Event):
    """A job has ended, and this is what it cost, however it ended. Told once a job.

    ``characters`` went to a provider, ``reads_made`` of its reads were newly spoken and the rest
    found; ``rendered_ms`` is the length of sound that was newly rendered, ``render_ms`` the time
    that took.
    """

    routing_key: ClassVar[str] = "session.job_costed.v1"

    job_id: UUID
    session_id: UUID
    user_id: str | None
    outcome: Literal["completed", "failed", "cancelled"]
    characters: int = Field(ge=0)
    reads_made: int = Field(ge=0)
    reads_reused: int = Field(ge=0)
    rendered_ms: int = Field(ge=0)
    render_ms: int = Field(ge=0)
    micros: int = Field(default=0, ge=0)
    """What vendors were paid for it, in millionths of a dollar."""


class Spent(Contract):
    """What counts for one user's day; ``generations`` includes corrections."""

    generations: int = 0
    characters: int = Field(default=0, ge=0)
    reads_made: int = Field(default=0, ge=0)
    reads_reused: int = Field(default=0, ge=0)
    rendered_ms: int = Field(default=0, ge=0)
    render_ms: int = Field(default=0, ge=0)
    jobs: int = Field(default=0, ge=0)


class UsageReport(Contract):
    """A user's day so far beside its limits; None stands for unlimited."""

    plan: Literal["free", "pro"]
    day: date
    resets_at: datetime
    spent: Spent
    daily_generations: int | None
    remaining_today: int | None
    daily_characters: int | None
    daily_rendered_seconds: int | None


class GetUsage(Request[UsageReport]):
    """Ask what a user has used today."""

    routing_key: ClassVar[str] = "entitlement.usage.v1"
    reply_type: ClassVar[type[Contract]] = UsageReport

    user_id: str
    timezone: str | None = None


class HeldReservation(Contract):
    """A reservation that waits for its job to end."""

    reservation_id: UUID
    user_id: str
    reserved_at: datetime


class HeldReservations(Contract):
    """Oldest first; ask again after the last one where ``has_more``."""

    reservations: tuple[HeldReservation, ...]
    has_more: bool


class ListReservations(Request[HeldReservations]):
    """Ask which reservations are pending since before ``reserved_before``.

    Whoever owns jobs settles those whose job never came to be. ``after`` is the last reservation
    of the page before.
    """

    routing_key: ClassVar[str] = "entitlement.reservations.v1"
    reply_type: ClassVar[type[Contract]] = HeldReservations

    reserved_before: datetime
    after: HeldReservation | None = None
    limit: int = Field(default=200, ge=1, le=1000)


class LedgerLine(Contract):
    """One line of a user's ledger; ``amount`` above 0 was spent, below 0 given back."""

    at: datetime
    day: date
    kind: Literal["reserve", "commit", "release", "lapse", "correct"]
    amount: int
    reservation_id: UUID | None = None
    actor: str | None = None
    reason: str | None = None


class Quota(Contract):
    """A user's day as an operator sees it; ``balance`` is what the ledger adds up to."""

    usage: UsageReport
    balance: int
    drift: int = Field(ge=0)
    lines: tuple[LedgerLine, ...]


class ShowQuota(Request[Quota]):
    """Ask for a user's day with the end of the ledger behind it."""

    routing_key: ClassVar[str] = "entitlement.show_quota.v1"
    reply_type: ClassVar[type[Contract]] = Quota

    user_id: str = Field(min_length=1, max_length=256)
    lines: int = Field(default=20, ge=1, le=200)


class CorrectQuota(Request[Quota]):
    """Change what counts as spent today: below 0 gives generations back, above 0 takes them.

    The same ``request_id`` again changes nothing more.
    """

    routing_key: ClassVar[str] = "entitlement.correct_quota.v1"
    reply_type: ClassVar[type[Contract]] = Quota

    request_id: UUID
    user_id: str = Field(min_length=1, max_length=256)
    amount: int = Field(ge=-MOST_CORRECTED, le=MOST_CORRECTED)
    reason: Reason
    actor: Actor
    actor_kind: Literal["admin", "operator"] = "operator"
