"""Everything this service holds of one user, read for an archive of theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ab_shared.contracts.exporting import Held
from ab_shared.database.transaction import Transactions
from pydantic_core import to_jsonable_python
from sqlalchemy import TextClause, text

# Keys are compared byte by byte, whatever the collation; a number as a key needs leading zeros.
PROFILE = text("""
    SELECT u.id AS key, u.id, p.email, u.timezone, u.created_at AS "createdAt"
    FROM users AS u LEFT JOIN passwords AS p ON p.user_id = u.id
    WHERE u.id = :user_id AND u.id COLLATE "C" > :after LIMIT :limit
""")
IDENTITIES = text("""
    SELECT issuer || ' ' || subject AS key, issuer, subject FROM identities
    WHERE user_id = :user_id AND (issuer || ' ' || subject) COLLATE "C" > :after
    ORDER BY (issuer || ' ' || subject) COLLATE "C" LIMIT :limit
""")
SIGN_INS = text("""
    SELECT id AS key, id, generation AS refreshes, started_at AS "startedAt",
        expires_at AS "expiresAt", revoked_at AS "revokedAt", revoked_for AS "revokedFor"
    FROM families WHERE user_id = :user_id AND id COLLATE "C" > :after
    ORDER BY id COLLATE "C" LIMIT :limit
""")
ROLES = text("""
    SELECT user_id AS key, role, granted_at AS "grantedAt" FROM admins
    WHERE user_id = :user_id AND user_id COLLATE "C" > :after LIMIT :limit
""")
# Who did it may be somebody else, whose name is not this user's to have.
TRAIL = text("""
    SELECT lpad(number::text, 20, '0') AS key, action, actor_kind AS "actorKind",
        (actor = :user_id OR actor = 'user:' || :user_id) AS "byYourself",
        occurred_at AS "occurredAt"
    FROM audit
    WHERE (subject IN (:user_id, 'user:' || :user_id) OR actor IN (:user_id, 'user:' || :user_id))
        AND lpad(number::text, 20, '0') COLLATE "C" > :after
    ORDER BY lpad(number::text, 20, '0') COLLATE "C" LIMIT :limit
""")
PRIVACY_JOBS = text("""
    SELECT id::text AS key, id, kind, state, requested_at AS "requestedAt",
        finished_at AS "finishedAt"
    FROM privacy_jobs WHERE user_id = :user_id AND id::text COLLATE "C" > :after
    ORDER BY id::text COLLATE "C" LIMIT :limit
""")
QUERIES: dict[str, TextClause] = {
    "profile": PROFILE,
    "identities": IDENTITIES,
    "sign-ins": SIGN_INS,
    "roles": ROLES,
    "trail": TRAIL,
    "privacy-jobs": PRIVACY_JOBS,
}


class PostgresOwnRecords:
    """Implements ``OwnRecords``; what proves who somebody is (hashes, keys) stays here."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def page(self, user_id: str, kind: str, after: str, limit: int) -> Sequence[Held]:
        """One statement."""
        wanted = {"user_id": user_id, "after": after, "limit": limit}
        async with self._transactions.begin() as transaction:
            rows = (await transaction.connection.execute(QUERIES[kind], wanted)).mappings()
            return [_held(dict(row)) for row in rows]


def _held(row: Mapping[str, Any]) -> Held:
    data = {name: value for name, value in row.items() if name != "key"}
    return Held(key=row["key"], data=to_jsonable_python(data))
