"""What the gateway's use cases need from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from ab_shared.contracts.admin import HeldRole
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.jobs import JobSnapshot
from ab_shared.contracts.rpc import Entitlement

from ab_gateway.domain.identity import Verified
from ab_gateway.domain.jobs import KeptJob
from ab_gateway.domain.rates import Allowance, Wish
from ab_gateway.domain.rendered import Rendered, RenderedSession
from ab_gateway.domain.request_keys import Claim, Keyed
from ab_gateway.domain.revocations import Revocation


class TokenVerifier(Protocol):
    """Decides whether a token is believed."""

    async def verify(self, token: str) -> Verified:
        """Who the token speaks for.

        Raises ``Unauthorized`` for a token that is not believed and ``TransientError`` when the
        keys to decide it can't be had now.
        """
        ...


class Revocations(Protocol):
    """Tokens that are believed no more; may raise ``DependencyUnavailable``."""

    async def revoke(self, revocation: Revocation) -> None:
        """Remembers one until it may be forgotten."""
        ...

    async def is_revoked(self, token: Verified) -> bool:
        """Whether a token is one of them."""
        ...


class HeardRevocations(Revocations, Protocol):
    """Those that this process has heard of, looked up without giving anybody else a turn."""

    def covers(self, token: Verified) -> bool:
        """Whether a token is one of them."""
        ...


class ForgetsUsers(Protocol):
    """Something that remembers people."""

    async def forget_user(self, user_id: str) -> int:
        """Forgets all it can find of one; how much that was."""
        ...


class Snapshots(Protocol):
    """Job snapshots that all gateway processes share; may raise ``DependencyUnavailable``."""

    async def keep(self, job: KeptJob) -> bool:
        """Keeps a job unless a newer version is there; whether what is kept is now this one."""
        ...

    async def get(self, job_id: UUID) -> KeptJob | None:
        """What is kept of a job."""
        ...


class StoredAnswers(Protocol):
    """Requests of the last day that had a key; may raise ``DependencyUnavailable``."""

    async def claim(self, asked: Keyed, owner: str) -> Claim:
        """What a key was found to be; after ``first`` or ``again`` it is the owner's for a while.

        Whoever dies with a key in hand holds it no longer than a request may take.
        """
        ...

    async def finish(self, asked: Keyed, owner: str, answer: bytes) -> None:
        """Keeps the answer for a day; nothing where the key is no longer the owner's."""
        ...

    async def let_go(self, asked: Keyed, owner: str, *, forget: bool) -> None:
        """Ends the owner's hold without an answer; ``forget`` frees the key for any request."""
        ...


class RateLimiter(Protocol):
    """Counts requests; may raise ``DependencyUnavailable``."""

    async def take(self, wishes: Sequence[Wish]) -> list[Allowance]:
        """Counts one request against all of its policies, or none where one has no room.

        What is left of each, in their order.
        """
        ...


class JobListener(Protocol):
    """One who watches one job."""

    async def next(self, within: float) -> JobSnapshot | None:
        """The next change in the order they came, or None after ``within`` seconds of silence."""
        ...

    @property
    def closed(self) -> bool:
        """Whether watching is over: it was closed, or this process is ending."""
        ...

    def close(self) -> None:
        """Stops listening; once is enough."""
        ...


class JobNews(Protocol):
    """Changes of jobs as this process hears them."""

    def listen(self, job_id: UUID, user_id: str) -> JobListener:
        """From now on, until it is closed.

        Raises ``RateLimited`` when this user has too many open, ``Overloaded`` when all have.
        """
        ...

    def tell(self, snapshot: JobSnapshot) -> None:
        """Passes a change on to whoever listens."""
        ...

    def hang_up(self, user_id: str) -> None:
        """Ends a user's watches; whoever may still watch comes back by themselves."""
        ...


KeyT_contra = TypeVar("KeyT_contra", contravariant=True)
AnswerT = TypeVar("AnswerT")


class Kept(Protocol[KeyT_contra, AnswerT]):
    """Answers as this process has heard them last."""

    def find(self, key: KeyT_contra) -> AnswerT | None:
        """What is kept and still holds."""
        ...

    def ticket(self) -> int:
        """To be drawn before asking, and handed in with the answer."""
        ...

    def keep(self, key: KeyT_contra, answer: AnswerT, ticket: int) -> bool:
        """Keeps an answer; False when it is older than what is known of."""
        ...

    def evict(self, key: KeyT_contra, version: int) -> None:
        """Hears that something has this version now."""
        ...

    def drop(self, key: KeyT_contra) -> None:
        """Forgets an answer, and the one that is being asked for at this moment."""
        ...

    def drop_all(self) -> None:
        """Forgets every answer."""
        ...


KeptEntitlements = Kept[str, Entitlement]
"""What callers may do, by user."""
KeptSessions = Kept[UUID, RenderedSession]
"""Sessions, whoever's they are."""
KeptLists = Kept[str | None, Rendered]
"""The first page of a user, or of whoever has not signed in."""


class KeptRoles(Protocol):
    """Roles of callers, as this process has heard last; never older than half a minute."""

    def find(self, user_id: str) -> HeldRole | None:
        """What is kept and still holds."""
        ...

    def keep(self, held: HeldRole) -> bool:
        """Keeps an answer; False when a newer version was heard of meanwhile."""
        ...

    def evict(self, user_id: str, version: int) -> None:
        """Hears that a user's role has this version now."""
        ...


class Trail(Protocol):
    """The audit trail; may raise ``DependencyUnavailable``."""

    async def record(self, entry: AuditRecorded) -> None:
        """Has an entry written."""
        ...


class IssuerKeys(Protocol):
    """The keys of an issuer that tells when they change."""

    @property
    def issuer(self) -> str:
        """Whose keys they are."""
        ...

    def replace(self, keys: Iterable[PublicKey]) -> None:
        """Believes these from now on, and no others."""
        ...


class Seals(Protocol):
    """What a vendor signs its webhooks with."""

    def signs(self, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether these bytes were signed lately; ``headers`` by their names in lower case."""
        ...
