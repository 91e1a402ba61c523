"""Tries, signing keys and keys for machines in memory, and a sign-in desk over any store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from ab_auth.adapters.ed25519 import Ed25519Keys, Ed25519Signer
from ab_auth.adapters.hidden_marks import HiddenMarks
from ab_auth.domain.api_keys import ApiKey
from ab_auth.domain.families import Family
from ab_auth.domain.lockout import Tries
from ab_auth.domain.signing_keys import Rotation, SigningKey, in_turn
from ab_auth.entrypoints.consumer import BuiltinIssuer
from ab_auth.entrypoints.keys import ApiKeyDesk, IssuerDesk
from ab_auth.usecases.end_sign_ins import EndSignIns, RevokeTokens
from ab_auth.usecases.ensure_signing_key import EnsureSigningKey
from ab_auth.usecases.get_signing_keys import GetSigningKeys
from ab_auth.usecases.guard_sign_in import GuardSignIn
from ab_auth.usecases.issue_tokens import IssueTokens
from ab_auth.usecases.list_api_keys import ListApiKeys
from ab_auth.usecases.list_signing_keys import ListSigningKeys
from ab_auth.usecases.log_in import LogIn
from ab_auth.usecases.log_out import LogOut
from ab_auth.usecases.make_api_key import MakeApiKey
from ab_auth.usecases.make_signing_key import MakeSigningKey
from ab_auth.usecases.refresh_tokens import RefreshTokens
from ab_auth.usecases.register_account import RegisterAccount
from ab_auth.usecases.revoke_api_key import RevokeApiKey
from ab_auth.usecases.rotate_api_key import RotateApiKey
from ab_auth.usecases.rotate_signing_key import RotateSigningKey
from ab_auth.usecases.verify_api_key import VerifyApiKey
from ab_auth.usecases.withdraw_signing_key import WithdrawSigningKey

ISSUER = "https://auth.test"
ENCRYPTION_KEY = bytes(range(32))
ACCESS_LIFE = timedelta(minutes=15)
REFRESH_LIFE = timedelta(days=30)
ROTATION = Rotation(lead=timedelta(minutes=5), max_age=timedelta(days=90))


class MemoryKeyRows:
    """The part of a unit that is about keys, tries and sign-ins that end."""

    rows: Any

    async def live_families(self, user_id: str, now: datetime) -> Sequence[Family]:
        return [
            family
            for family in self.rows.families.values()
            if family.user_id == user_id and family.revoked_at is None and family.expires_at > now
        ]

    async def drop_dead_families(self, ended_before: datetime, most: int) -> int:
        dead = {
            family.id
            for family in self.rows.families.values()
            if family.expires_at < ended_before
            or (family.revoked_at is not None and family.revoked_at < ended_before)
        }
        used = [digest for digest, (family, _) in self.rows.tokens.items() if family in dead]
        for digest in used[:most]:
            del self.rows.tokens[digest]
        left = {family for family, _ in self.rows.tokens.values()}
        empty = sorted(dead - left)[:most]
        for family_id in empty:
            del self.rows.families[family_id]
        return len(used[:most]) + len(empty)

    async def open_tries(self, account: bytes, place: bytes, now: datetime) -> None:
        self.rows.tries.setdefault((account, place), Tries(touched_at=now))

    async def tries(self, account: bytes, place: bytes) -> Tries:
        found: Tries = self.rows.tries.get((account, place), Tries())
        return found

    async def keep_tries(self, account: bytes, place: bytes, tries: Tries) -> None:
        self.rows.tries[account, place] = tries

    async def drop_old_places(self, account: bytes, kept: int) -> None:
        mine = [(key, t) for key, t in self.rows.tries.items() if key[0] == account and key[1]]
        mine.sort(key=lambda row: row[1].succeeded_at.timestamp() if row[1].succeeded_at else 0)
        for key, _ in mine[: max(0, len(mine) - kept)]:
            del self.rows.tries[key]

    async def drop_old_tries(self, touched_before: datetime, now: datetime, most: int) -> int:
        old = [
            key
            for key, tries in self.rows.tries.items()
            if tries.touched_at < touched_before and not (key[1] and tries.known(now))
        ]
        for key in old[:most]:
            del self.rows.tries[key]
        return len(old[:most])

    async def hold_keys(self) -> None:
        """Transactions come one at a time here."""

    async def signing_keys(self) -> Sequence[SigningKey]:
        return in_turn(self.rows.keys)

    async def keep_signing_key(self, key: SigningKey) -> None:
        self.rows.keys = [kept for kept in self.rows.keys if kept.kid != key.kid] + [key]

    async def drop_signing_key(self, kid: str) -> None:
        self.rows.keys = [kept for kept in self.rows.keys if kept.kid != kid]

    async def api_key(self, key_id: str, *, hold: bool = False) -> ApiKey | None:
        del hold
        found: ApiKey | None = self.rows.api_keys.get(key_id)
        return found

    async def api_keys(self, now: datetime, most: int, *, ended: bool) -> Sequence[ApiKey]:
        found = [
            key
            for key in reversed(self.rows.api_keys.values())
            if ended or (key.revoked_at is None and any(s.live(now) for s in key.secrets))
        ]
        return found[:most]

    async def add_api_key(self, key: ApiKey) -> bool:
        taken = any(
            kept.name == key.name and kept.revoked_at is None
            for kept in self.rows.api_keys.values()
        )
        if not taken:
            self.rows.api_keys[key.id] = key
        return not taken

    async def keep_api_key(self, key: ApiKey) -> None:
        self.rows.api_keys[key.id] = key

    async def note_use(self, key_id: str, number: int, now: datetime) -> None:
        key: ApiKey = self.rows.api_keys[key_id]
        secrets = tuple(
            replace(secret, last_used_at=now) if secret.number == number else secret
            for secret in key.secrets
        )
        self.rows.api_keys[key_id] = replace(key, secrets=secrets)


class Instance:
    """One process of the built-in issuer over a store that others may share."""

    def __init__(
        self,
        store: Any,
        clock: Any,
        keys: Ed25519Keys,
        *,
        access_life: timedelta = ACCESS_LIFE,
        rotation: Rotation = ROTATION,
    ) -> None:
        self.signer = Ed25519Signer(keys, clock)
        self.make = MakeSigningKey(keys, ISSUER, rotation, access_life)
        self.ensure = EnsureSigningKey(store, keys, self.make, self.signer, clock)
        self.rotate = RotateSigningKey(store, self.make, self.signer, clock)
        self.withdraw = WithdrawSigningKey(store, self.make, self.signer, clock)
        self.issue = IssueTokens(
            self.signer, ISSUER, clock, access_life=access_life, refresh_life=REFRESH_LIFE
        )


def desk_of(
    store: Any, passwords: Any, clock: Any, keys: Ed25519Keys, found: Sequence[SigningKey]
) -> BuiltinIssuer:
    """The built-in issuer, which has looked at its keys already."""
    one = Instance(store, clock, keys)
    one.signer.adopt(found)
    revoke = RevokeTokens(one.signer, clock)
    end_all = EndSignIns(store, revoke, clock)
    guard = GuardSignIn(store, HiddenMarks(ENCRYPTION_KEY), clock)
    return BuiltinIssuer(
        register=RegisterAccount(store, passwords, one.issue, clock),
        log_in=LogIn(store, passwords, one.issue, guard),
        refresh=RefreshTokens(store, one.issue, revoke),
        log_out=LogOut(store, revoke, end_all, clock),
        keys=GetSigningKeys(store, ISSUER, clock),
        desk=IssuerDesk(
            ensure=one.ensure,
            rotate=one.rotate,
            withdraw=one.withdraw,
            signing_keys=ListSigningKeys(store, clock),
            end_sign_ins=end_all,
        ),
    )


def machines_of(store: Any, clock: Any) -> ApiKeyDesk:
    """Everything around keys for machines."""
    return ApiKeyDesk(
        verify=VerifyApiKey(store, clock),
        make=MakeApiKey(store, clock),
        everything=ListApiKeys(store, clock),
        rotate=RotateApiKey(store, clock),
        revoke=RevokeApiKey(store, clock),
    )
