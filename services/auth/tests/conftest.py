"""People, sign-ins and keys in memory; passwords that cost nothing; a sign-in desk over them."""

from __future__ import annotations

import asyncio
import copy
import itertools
import sys
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ab_auth.adapters.ed25519 import Ed25519Keys
from ab_auth.domain.accounts import StoredPassword, User
from ab_auth.domain.api_keys import ApiKey
from ab_auth.domain.families import Family
from ab_auth.domain.lockout import Tries
from ab_auth.domain.roles import Standing
from ab_auth.domain.signing_keys import SigningKey
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_shared.contracts.admin import Role
from ab_shared.contracts.audit import AuditEntry, ListAudit, StoredAuditEntry
from ab_shared.testing.clock import FakeClock
from ab_shared.testing.memory_transactions import (
    MemoryTransaction,
    MemoryTransactions,
    MemoryUnitOfWork,
)

sys.path.insert(0, str(Path(__file__).parent))

from auth_memory.identities import MemoryIdentities, News
from auth_memory.keys import ACCESS_LIFE, ENCRYPTION_KEY, MemoryKeyRows, desk_of


@dataclass
class Rows:
    """Everything auth keeps."""

    users: dict[str, User] = field(default_factory=dict)
    identities: dict[tuple[str, str], str] = field(default_factory=dict)
    passwords: dict[str, StoredPassword] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    tokens: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    keys: list[SigningKey] = field(default_factory=list)
    tries: dict[tuple[bytes, bytes], Tries] = field(default_factory=dict)
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    trail: list[StoredAuditEntry] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    news: News = field(default_factory=News)


class MemoryStore:
    """Implements ``Store``; one transaction at a time, an error in it forgets its rows."""

    def __init__(self) -> None:
        self.transactions = MemoryTransactions(producer="auth")
        self.rows = Rows()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnit]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._lock)
            transaction = await stack.enter_async_context(self.transactions.begin())
            unit = MemoryUnit(copy.deepcopy(self.rows), transaction)
            await asyncio.sleep(0)
            yield unit
            self.rows = unit.rows

    async def sent(self) -> list[str]:
        return [envelope.routing_key for envelope in self.transactions.envelopes]


class MemoryUnit(MemoryKeyRows, MemoryIdentities, MemoryUnitOfWork):
    """Implements ``AuthUnit`` on rows of its own."""

    def __init__(self, rows: Rows, transaction: MemoryTransaction) -> None:
        self.rows = rows
        super().__init__(transaction)

    async def user(self, user_id: str) -> User | None:
        return self.rows.users.get(user_id)

    async def change_zone(self, user_id: str, timezone: str) -> User | None:
        user = self.rows.users.get(user_id)
        if user is None or user.timezone == timezone:
            return None
        changed = replace(user, timezone=timezone, version=user.version + 1)
        self.rows.users[user_id] = changed
        return changed

    async def user_of(self, issuer: str, subject: str) -> User | None:
        return self.rows.users.get(self.rows.identities.get((issuer, subject), ""))

    async def known_of(self, issuer: str, subjects: Collection[str]) -> set[str]:
        return {one for one in subjects if (issuer, one) in self.rows.identities}

    async def add_user(self, user: User) -> bool:
        return self.rows.users.setdefault(user.id, user) is user

    async def add_identity(self, issuer: str, subject: str, user_id: str) -> bool:
        taken = (issuer, subject) in self.rows.identities
        self.rows.identities.setdefault((issuer, subject), user_id)
        return not taken

    async def password_of(self, email: str) -> StoredPassword | None:
        return self.rows.passwords.get(email)

    async def add_password(self, email: str, password: StoredPassword) -> bool:
        return self.rows.passwords.setdefault(email, password) is password

    async def replace_password(self, password: StoredPassword) -> None:
        for email, kept in self.rows.passwords.items():
            if kept.user_id == password.user_id:
                self.rows.passwords[email] = password

    async def add_family(self, family: Family, digest: bytes) -> None:
        self.rows.families[family.id] = family
        await self.add_token(family, digest)

    async def family_of(self, digest: bytes, *, hold: bool = True) -> tuple[Family, int] | None:
        del hold
        if digest not in self.rows.tokens:
            return None
        family_id, generation = self.rows.tokens[digest]
        return self.rows.families[family_id], generation

    async def keep_family(self, family: Family) -> None:
        self.rows.families[family.id] = family

    async def add_token(self, family: Family, digest: bytes) -> None:
        self.rows.tokens[digest] = (family.id, family.generation)

    async def hold_roles(self) -> None:
        """Transactions come one at a time here."""

    async def standing(self, user_id: str) -> Standing | None:
        return self.rows.standings.get(user_id)

    async def standings(self) -> Sequence[Standing]:
        held = [one for one in self.rows.standings.values() if one.role is not None]
        return sorted(held, key=lambda one: (one.granted_at, one.user_id))

    async def holders(self, role: Role) -> Sequence[str]:
        return [one.user_id for one in self.rows.standings.values() if one.role is role]

    async def keep_standing(self, standing: Standing) -> None:
        self.rows.standings[standing.user_id] = standing

    async def issuers_of(self, user_id: str) -> Sequence[str]:
        return sorted(i for (i, _), user in self.rows.identities.items() if user == user_id)

    async def erased_of(self, proofs: Mapping[str, str], at: datetime) -> Sequence[str]:
        del at
        return [proof for proof, user in proofs.items() if user in self.rows.erased]

    async def being_erased(self, user_id: str) -> bool:
        return user_id in self.rows.erased

    async def add_entry(self, message_id: str, correlation_id: str, entry: AuditEntry) -> bool:
        if any(kept.id == message_id for kept in self.rows.trail):
            return False
        facts = {"number": len(self.rows.trail) + 1, "id": message_id}
        values = {**entry.model_dump(), **facts, "correlation_id": correlation_id}
        self.rows.trail.append(StoredAuditEntry.model_validate(values))
        return True

    async def entries(self, wanted: ListAudit) -> Sequence[StoredAuditEntry]:
        found = [
            entry
            for entry in reversed(self.rows.trail)
            if (wanted.before is None or entry.number < wanted.before)
            and wanted.actor in {None, entry.actor}
            and wanted.subject in {None, entry.subject}
            and entry.action.startswith(wanted.action or "")
            and (wanted.since is None or entry.occurred_at >= wanted.since)
        ]
        return found[: wanted.limit + 1]


class CheapPasswords:
    """Implements ``Passwords`` without the cost. ``version`` is its only parameter."""

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.compared: list[str | None] = []
        self._salts = itertools.count()

    async def encode(self, password: str) -> str:
        return f"{self.version}:{next(self._salts)}:{password}"

    async def verify(self, encoded: str | None, password: str) -> bool:
        self.compared.append(encoded)
        return encoded is not None and encoded.split(":", 2)[2] == password

    def outdated(self, encoded: str) -> bool:
        return not encoded.startswith(f"{self.version}:")


@pytest.fixture
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def passwords() -> CheapPasswords:
    return CheapPasswords()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def key_maker() -> Ed25519Keys:
    return Ed25519Keys(ENCRYPTION_KEY)


@pytest.fixture
def new_desk(key_maker: Ed25519Keys) -> Any:
    """Makes the built-in issuer over any store, with a key that is in the store already."""

    def desk(store: Any, passwords: Any, clock: Any) -> BuiltinIssuer:
        key = key_maker.make(clock(), clock(), int(ACCESS_LIFE.total_seconds()))
        if isinstance(store, MemoryStore):
            store.rows.keys.append(key)
        return desk_of(store, passwords, clock, key_maker, [key])

    return desk


@pytest.fixture
def desk(
    new_desk: Any, memory_store: MemoryStore, passwords: CheapPasswords, clock: FakeClock
) -> BuiltinIssuer:
    made: BuiltinIssuer = new_desk(memory_store, passwords, clock)
    return made
