"""Sign-ins, their refresh tokens and tries to sign in, in Postgres."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from ab_shared.database.unit import PostgresUnitOfWork
from sqlalchemy import Select, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from ab_auth.adapters.key_tables import TriesRow
from ab_auth.adapters.tables import FamilyRow, RefreshTokenRow
from ab_auth.domain.families import Family, Reason
from ab_auth.domain.lockout import KNOWN_FOR, Tries

FAMILY = [col(getattr(FamilyRow, field.name)) for field in fields(Family)]
TRIES = [col(getattr(TriesRow, field.name)) for field in fields(Tries)]


def _family(row: Mapping[str, Any]) -> Family:
    reason = row["revoked_for"]
    return Family(**{**row, "revoked_for": Reason(reason) if reason else None})


class PostgresFamilies(PostgresUnitOfWork):
    """Implements ``Families``."""

    async def add_family(self, family: Family, digest: bytes) -> None:
        """Writes a fresh sign-in with its first token."""
        await self._connection.execute(insert(FamilyRow).values(asdict(family)))
        await self.add_token(family, digest)

    async def family_of(self, digest: bytes, *, hold: bool = True) -> tuple[Family, int] | None:
        """The family of a token and the token's generation; its row is locked to hold it."""
        query = (
            select(*FAMILY, col(RefreshTokenRow.generation).label("presented"))
            .join(RefreshTokenRow, col(RefreshTokenRow.family_id) == col(FamilyRow.id))
            .where(col(RefreshTokenRow.digest) == digest)
        )
        held = query.with_for_update(of=FamilyRow) if hold else query
        row = (await self._connection.execute(held)).mappings().one_or_none()
        if row is None:
            return None
        values = dict(row)
        presented = values.pop("presented")
        return _family(values), presented

    async def live_families(self, user_id: str, now: datetime) -> Sequence[Family]:
        """A user's sign-ins that have not ended, locked in the order of their ids."""
        query = (
            select(*FAMILY)
            .where(col(FamilyRow.user_id) == user_id)
            .where(col(FamilyRow.revoked_at).is_(None), col(FamilyRow.expires_at) > now)
            .order_by(col(FamilyRow.id))
            .with_for_update()
        )
        return [_family(dict(row)) for row in (await self._connection.execute(query)).mappings()]

    async def keep_family(self, family: Family) -> None:
        """Writes a changed family."""
        await self._connection.execute(
            update(FamilyRow).where(col(FamilyRow.id) == family.id).values(asdict(family))
        )

    async def add_token(self, family: Family, digest: bytes) -> None:
        """Writes the family's newest token."""
        values = {"digest": digest, "family_id": family.id, "generation": family.generation}
        await self._connection.execute(insert(RefreshTokenRow).values(values))

    async def drop_dead_families(self, ended_before: datetime, most: int) -> int:
        """Removes tokens of sign-ins that ended before, then those left without any."""
        ended = or_(
            col(FamilyRow.expires_at) < ended_before, col(FamilyRow.revoked_at) < ended_before
        )
        # Tokens first and in their own number: a sign-in of a year has tens of thousands.
        tokens = (
            select(col(RefreshTokenRow.digest))
            .join(FamilyRow, col(FamilyRow.id) == col(RefreshTokenRow.family_id))
            .where(ended)
            .limit(most)
        )
        own = exists().where(col(RefreshTokenRow.family_id) == col(FamilyRow.id))
        empty = select(col(FamilyRow.id)).where(ended, ~own).limit(most)
        dropped = await self._drop(RefreshTokenRow, col(RefreshTokenRow.digest), tokens)
        return dropped + await self._drop(FamilyRow, col(FamilyRow.id), empty)

    async def _drop(self, table: type[Any], key: Any, chosen: Select[Any]) -> int:
        # Instances that sweep at once do not wait for each other: each takes other rows.
        rows = chosen.with_for_update(of=table, skip_locked=True)
        return (await self._connection.execute(delete(table).where(key.in_(rows)))).rowcount


class PostgresTries(PostgresUnitOfWork):
    """Implements ``TriesBook``."""

    async def tries(self, account: bytes, place: bytes) -> Tries:
        """What is written of an account at a place; held until the transaction ends."""
        query = (
            select(*TRIES)
            .where(col(TriesRow.account) == account, col(TriesRow.place) == place)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return Tries(**row) if row else Tries()

    async def open_tries(self, account: bytes, place: bytes, now: datetime) -> None:
        """Makes sure there is a row to hold."""
        values = {"account": account, "place": place, "failures": 0, "touched_at": now}
        await self._connection.execute(insert(TriesRow).values(values).on_conflict_do_nothing())

    async def keep_tries(self, account: bytes, place: bytes, tries: Tries) -> None:
        """Writes it down."""
        statement = insert(TriesRow).values(account=account, place=place, **asdict(tries))
        changed = {name: statement.excluded[name] for name in asdict(tries)}
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["account", "place"], set_=changed)
        )

    async def drop_old_places(self, account: bytes, kept: int) -> None:
        """Forgets the places of an account that were known longest ago."""
        newest = (
            select(col(TriesRow.place))
            .where(col(TriesRow.account) == account, col(TriesRow.place) != b"")
            .order_by(col(TriesRow.succeeded_at).desc().nulls_last())
            .offset(kept)
        )
        await self._connection.execute(
            delete(TriesRow).where(
                col(TriesRow.account) == account, col(TriesRow.place).in_(newest)
            )
        )

    async def drop_old_tries(self, touched_before: datetime, now: datetime, most: int) -> int:
        """Removes what nobody has tried since and no known place needs."""
        known = col(TriesRow.succeeded_at) > now - KNOWN_FOR
        old = (
            select(col(TriesRow.account), col(TriesRow.place))
            .where(col(TriesRow.touched_at) < touched_before)
            .where(or_(col(TriesRow.succeeded_at).is_(None), ~known, col(TriesRow.place) == b""))
            .limit(most)
            .with_for_update(skip_locked=True)
            .cte("old")
        )
        done = await self._connection.execute(
            delete(TriesRow).where(
                col(TriesRow.account) == old.c.account, col(TriesRow.place) == old.c.place
            )
        )
        return done.rowcount
