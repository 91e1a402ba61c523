"""Signing keys in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from ab_shared.contracts.events import PublicKey
from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.tables import SigningKeyRow
from ab_auth.domain.signing_keys import SigningKey

# One number for one lock of this database.
HOLD_KEYS = text("SELECT pg_advisory_xact_lock(7061726602)")
KEPT = [field.name for field in fields(SigningKey) if field.name != "public"]
COLUMNS = [col(getattr(SigningKeyRow, name)) for name in ("kid", "jwk", *KEPT)]


class PostgresKeys(PostgresUnitOfWork):
    """Implements ``Keys``."""

    async def hold_keys(self) -> None:
        """Takes the keys' advisory lock until the transaction ends."""
        await self._connection.execute(HOLD_KEYS)

    async def signing_keys(self) -> Sequence[SigningKey]:
        """Every key that is kept, in turn."""
        query = select(*COLUMNS).order_by(col(SigningKeyRow.signs_from), col(SigningKeyRow.kid))
        found = (await self._connection.execute(query)).mappings()
        return [
            SigningKey(
                public=PublicKey(kid=row["kid"], jwk=row["jwk"]),
                **{name: row[name] for name in KEPT},
            )
            for row in found
        ]

    async def keep_signing_key(self, key: SigningKey) -> None:
        """Writes a key, new or changed."""
        values = {"kid": key.kid, "jwk": key.public.jwk}
        values |= {name: getattr(key, name) for name in KEPT}
        statement = insert(SigningKeyRow).values(values)
        changed = {"sealed": key.sealed, "token_seconds": key.token_seconds}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["kid"], set_=changed)
        )

    async def drop_signing_key(self, kid: str) -> None:
        """Removes a key that verifies nothing any more."""
        await self._connection.execute(delete(SigningKeyRow).where(col(SigningKeyRow.kid) == kid))
