"""Keys for machines in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.key_tables import ApiKeyRow, ApiKeySecretRow
from ab_auth.domain.api_keys import ApiKey, Secret

FACTS = [field.name for field in fields(ApiKey) if field.name not in {"scopes", "secrets"}]
KEY = [col(getattr(ApiKeyRow, name)) for name in (*FACTS, "scopes")]
SECRET = [col(getattr(ApiKeySecretRow, field.name)) for field in fields(Secret)]


class PostgresApiKeys(PostgresUnitOfWork):
    """Implements ``ApiKeys``."""

    async def api_key(self, key_id: str, *, hold: bool = False) -> ApiKey | None:
        """The key with this id; held until the transaction ends where that is asked for."""
        query = select(*KEY).where(col(ApiKeyRow.id) == key_id)
        found = await self._connection.execute(query.with_for_update() if hold else query)
        row = found.mappings().one_or_none()
        if row is None:
            return None
        return (await self._with_secrets([dict(row)]))[0]

    async def api_keys(self, now: datetime, most: int, *, ended: bool) -> Sequence[ApiKey]:
        """Keys, newest first; those that open nothing any more only where asked for."""
        query = select(*KEY).order_by(col(ApiKeyRow.made_at).desc()).limit(most)
        if not ended:
            live = exists().where(
                col(ApiKeySecretRow.key_id) == col(ApiKeyRow.id),
                col(ApiKeySecretRow.expires_at) > now,
            )
            query = query.where(col(ApiKeyRow.revoked_at).is_(None), live)
        rows = (await self._connection.execute(query)).mappings()
        return await self._with_secrets([dict(row) for row in rows])

    async def add_api_key(self, key: ApiKey) -> bool:
        """Makes a key unless one that is not revoked has its name."""
        values = {**{name: getattr(key, name) for name in FACTS}, "scopes": list(key.scopes)}
        statement = insert(ApiKeyRow).values(values).on_conflict_do_nothing()
        if (await self._connection.execute(statement)).rowcount == 0:
            return False
        await self._write_secrets(key)
        return True

    async def keep_api_key(self, key: ApiKey) -> None:
        """Writes a changed key with the secrets it has now, and no others."""
        mine = col(ApiKeyRow.id) == key.id
        await self._connection.execute(
            update(ApiKeyRow).where(mine).values(revoked_at=key.revoked_at)
        )
        await self._connection.execute(
            delete(ApiKeySecretRow).where(col(ApiKeySecretRow.key_id) == key.id)
        )
        await self._write_secrets(key)

    async def note_use(self, key_id: str, number: int, now: datetime) -> None:
        """Writes down that a secret was used."""
        await self._connection.execute(
            update(ApiKeySecretRow)
            .where(col(ApiKeySecretRow.key_id) == key_id, col(ApiKeySecretRow.number) == number)
            .values(last_used_at=now)
        )

    async def _write_secrets(self, key: ApiKey) -> None:
        rows = [{"key_id": key.id, **asdict(secret)} for secret in key.secrets]
        if rows:
            await self._connection.execute(insert(ApiKeySecretRow).values(rows))

    async def _with_secrets(self, rows: list[dict[str, Any]]) -> list[ApiKey]:
        ids = [row["id"] for row in rows]
        query = (
            select(col(ApiKeySecretRow.key_id), *SECRET)
            .where(col(ApiKeySecretRow.key_id).in_(ids))
            .order_by(col(ApiKeySecretRow.number))
        )
        secrets: dict[str, list[Secret]] = {}
        for found in (await self._connection.execute(query)).mappings():
            facts = dict(found)
            secrets.setdefault(facts.pop("key_id"), []).append(Secret(**facts))
        return [
            ApiKey(
                **{**row, "scopes": tuple(row["scopes"])},
                secrets=tuple(secrets.get(row["id"], ())),
            )
            for row in rows
        ]
