"""What the use cases need from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from ab_shared.contracts.admin import Role
from ab_shared.contracts.audit import AuditEntry, ListAudit, StoredAuditEntry
from ab_shared.database.ports import UnitOfWork

from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.api_keys import ApiKey
from ab_auth.domain.families import Family
from ab_auth.domain.lockout import Tries
from ab_auth.domain.roles import Standing
from ab_auth.domain.signing_keys import SigningKey
from ab_auth.identity_ports import Identities


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

    async def known_of(self, issuer: str, subjects: Collection[str]) -> set[str]:
        """Those of these subjects of another issuer who are users here."""
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

    async def family_of(self, digest: bytes, *, hold: bool = True) -> tuple[Family, int] | None:
        """The family of a token and the token's generation; held until the transaction ends."""
        ...

    async def live_families(self, user_id: str, now: datetime) -> Sequence[Family]:
        """A user's sign-ins that have not ended; held until the transaction ends."""
        ...

    async def keep_family(self, family: Family) -> None:
        """Writes a changed family."""
        ...

    async def add_token(self, family: Family, digest: bytes) -> None:
        """Writes the family's newest token."""
        ...

    async def drop_dead_families(self, ended_before: datetime, most: int) -> int:
        """Removes up to ``most`` tokens and sign-ins that ended before; how many that was."""
        ...


class TriesBook(Protocol):
    """Tries to sign in, by marks of the account and the place; place ``b""`` is any."""

    async def open_tries(self, account: bytes, place: bytes, now: datetime) -> None:
        """Makes sure there is something to hold."""
        ...

    async def tries(self, account: bytes, place: bytes) -> Tries:
        """What is written of an account at a place; held until the transaction ends."""
        ...

    async def keep_tries(self, account: bytes, place: bytes, tries: Tries) -> None:
        """Writes it down."""
        ...

    async def drop_old_places(self, account: bytes, kept: int) -> None:
        """Forgets the places of an account that were known longest ago, but for ``kept``."""
        ...

    async def drop_old_tries(self, touched_before: datetime, now: datetime, most: int) -> int:
        """Removes up to ``most`` that nobody has touched since; known places stay."""
        ...


class Keys(Protocol):
    """Signing keys."""

    async def hold_keys(self) -> None:
        """Makes everybody else who holds the keys wait until the transaction ends."""
        ...

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Every key that is kept, in turn."""
        ...

    async def keep_signing_key(self, key: SigningKey) -> None:
        """Writes a key: a new one, or the seal and the longest token of one that is there."""
        ...

    async def drop_signing_key(self, kid: str) -> None:
        """Removes a key that verifies nothing any more."""
        ...


class ApiKeys(Protocol):
    """Keys for machines."""

    async def api_key(self, key_id: str, *, hold: bool = False) -> ApiKey | None:
        """The key with this id; ``hold`` makes others wait until the transaction ends."""
        ...

    async def api_keys(self, now: datetime, most: int, *, ended: bool) -> Sequence[ApiKey]:
        """Keys, newest first; those that open nothing any more only where asked for."""
        ...

    async def add_api_key(self, key: ApiKey) -> bool:
        """Makes a key unless one that is not revoked has its name; whether it did."""
        ...

    async def keep_api_key(self, key: ApiKey) -> None:
        """Writes a changed key with the secrets it has now, and no others."""
        ...

    async def note_use(self, key_id: str, number: int, now: datetime) -> None:
        """Writes down that a secret was used."""
        ...


class Trail(Protocol):
    """The audit trail: grows, and nothing in it ever changes but for the names of the erased."""

    async def erased_of(self, proofs: Mapping[str, str], at: datetime) -> Collection[str]:
        """Which of these proofs, each with its id, are of users whom an entry of ``at`` means.

        Those whose erasure is live, or ended later than that, or who have not come back since. Who
        begins to search the trail for a name waits until the transaction has added its entry.
        """
        ...

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


class AuthUnit(
    UnitOfWork, People, Families, TriesBook, Keys, ApiKeys, Trail, Roles, Identities, Protocol
):
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

    def make(self, now: datetime, signs_from: datetime, token_seconds: int) -> SigningKey:
        """A fresh pair, its private half sealed."""
        ...

    def resealed(self, key: SigningKey) -> SigningKey:
        """The key sealed under the newest of the deployment's keys, itself where it is already.

        Raises:
            SettingsInvalid: none of them opens it.
        """
        ...


class Marks(Protocol):
    """Marks of what must not be kept as it is, under a key of the deployment."""

    def mark(self, *parts: str) -> bytes:
        """The same for the same parts, and nothing that tells them."""
        ...


class TokenSigner(Protocol):
    """Signs access tokens with the key whose turn it is."""

    def adopt(self, found: Sequence[SigningKey]) -> None:
        """Knows these keys from now on; ``SettingsInvalid`` when one to sign with won't open."""
        ...

    def longest_token(self) -> timedelta:
        """How long a token of any of these keys can live."""
        ...

    def sign(self, claims: dict[str, str | int]) -> str:
        """A signed JSON Web Token (RFC 7519)."""
        ...


class Directory(Protocol):
    """The other issuer's list of its users; may raise ``DependencyUnavailable``."""

    async def subject_of(self, email: str) -> str | None:
        """The user who signs in there with this (normalised) address."""
        ...
