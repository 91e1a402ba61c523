"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from ab_shared.contracts.admin import Role
from ab_shared.contracts.audit import AuditEntry, ListAudit, StoredAuditEntry
from ab_shared.database.ports import UnitOfWork

from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.families import Family
from ab_auth.domain.roles import Standing
from ab_auth.domain.signing_keys import SigningKey


class People(Protocol):
    """Users and the ways they prove who they are. Every ``add`` answers False if it was taken."""

    async def user(self, user_id: str) -> User | None:
        """The user with this id."""
        ...

    async def change_zone(self, user_id: str, timezone: str) -> User | None:
        """Writes another zone and counts the change; None where the user has this one, or is gone.

        Changes of one user wait for each other.
        """
        ...

    async def user_of(self, issuer: str, subject: str) -> User | None:
        """The user another issuer knows as ``subject``."""
        ...

    async def add_user(self, user: User) -> bool:
        """Makes a user unless the id is taken."""
        ...

    async def add_identity(self, issuer: str, subject: str, user_id: str) -> bool:
        """Lets a subject of another issuer be this user."""
        ...

    async def password_of(self, email: str) -> StoredPassword | None:
        """The password of the account with this (normalised) address."""
        ...

    async def add_password(self, email: str, password: StoredPassword) -> bool:
        """Lets a user sign in with this address, unless somebody does."""
        ...

    async def replace_password(self, password: StoredPassword) -> None:
        """Encodes a user's password anew."""
        ...


class Families(Protocol):
    """Sign-ins and their refresh tokens, which are known by their SHA-256 only."""

    async def add_family(self, family: Family, digest: bytes) -> None:
        """Writes a fresh sign-in with its first token."""
        ...

    async def family_of(self, digest: bytes) -> tuple[Family, int] | None:
        """The family of a token and the token's generation; held until the transaction ends."""
        ...

    async def keep_family(self, family: Family) -> None:
        """Writes a changed family."""
        ...

    async def add_token(self, family: Family, digest: bytes) -> None:
        """Writes the family's newest token."""
        ...


class Keys(Protocol):
    """Signing keys."""

    async def hold_keys(self) -> None:
        """Makes everybody else who holds the keys wait until the transaction ends."""
        ...

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Every key that still verifies, oldest first."""
        ...

    async def add_signing_key(self, key: SigningKey) -> None:
        """Writes a new key."""
        ...


class Trail(Protocol):
    """The audit trail: grows, and nothing in it ever changes."""

    async def add_entry(self, message_id: str, correlation_id: str, entry: AuditEntry) -> bool:
        """Writes an entry unless that message has been written; whether it was."""
        ...

    async def entries(self, wanted: ListAudit) -> Sequence[StoredAuditEntry]:
        """Those wanted, newest first, one more than ``wanted.limit`` where there are more."""
        ...


class Roles(Protocol):
    """Roles of administrators."""

    async def hold_roles(self) -> None:
        """Makes everybody else who changes roles wait until the transaction ends."""
        ...

    async def standing(self, user_id: str) -> Standing | None:
        """What somebody holds, or held once."""
        ...

    async def standings(self) -> Sequence[Standing]:
        """Those of everybody with a role, longest-serving first."""
        ...

    async def holders(self, role: Role) -> Sequence[str]:
        """Who holds this role."""
        ...

    async def keep_standing(self, standing: Standing) -> None:
        """Writes what somebody holds now."""
        ...

    async def issuers_of(self, user_id: str) -> Sequence[str]:
        """The other issuers that know this user."""
        ...


class AuthUnit(UnitOfWork, People, Families, Keys, Trail, Roles, Protocol):
    """Everything auth keeps, inside one transaction."""


class Store(Protocol):
    """What auth keeps."""

    def begin(self) -> AbstractAsyncContextManager[AuthUnit]:
        """Opens a transaction: commits at the end of the block, rolls back on an error in it."""
        ...


class Passwords(Protocol):
    """Slow, salted encoding of passwords. Both slow calls may raise ``Overloaded``."""

    async def encode(self, password: str) -> str:
        """A string to keep: the same password gives another one each time."""
        ...

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the encoded one; None takes just as long and is never right."""
        ...

    def outdated(self, encoded: str) -> bool:
        """Whether it was encoded with other parameters than today's."""
        ...


class KeyMaker(Protocol):
    """Makes key pairs."""

    def make(self, now: datetime) -> SigningKey:
        """A fresh pair, its private half sealed."""
        ...


class TokenSigner(Protocol):
    """Signs access tokens."""

    def sign(self, claims: dict[str, str | int]) -> str:
        """A signed JSON Web Token (RFC 7519)."""
        ...


class Directory(Protocol):
    """The other issuer's list of its users; may raise ``DependencyUnavailable``."""

    async def subject_of(self, email: str) -> str | None:
        """The user who signs in there with this (normalised) address."""
        ...
