"""The users and sign-ins that a made-up Clerk knows, and what it says of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.clerk_tokens import clerk_id

INSTANCE = "ins_2aaaaaaaaaaaaaaaaaaaaaaaaaa"
MOST_A_PAGE = 500


@dataclass
class Session:
    """A sign-in."""

    id: str
    user_id: str
    status: str = "active"


@dataclass
class User:
    """Somebody with an account there."""

    id: str
    email: str
    created_at: int
    updated_at: int
    banned: bool = False
    confirmed: bool = True


@dataclass
class Register:
    """Everybody, and what happens to them; each happening answers the event that tells of it."""

    now: Callable[[], float] = time.time
    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def sign_up(self, user_id: str | None = None, email: str | None = None) -> dict[str, Any]:
        """Somebody is new."""
        at = self._millis()
        made = user_id or clerk_id("user")
        user = User(made, email or f"{made[-8:].lower()}@example.com", at, at)
        self.users[made] = user
        return self._event("user.created", described(user))

    def update(self, user_id: str, **changes: Any) -> dict[str, Any]:
        """Something about somebody changes; KeyError for nobody."""
        user = self.users[user_id]
        for name, value in changes.items():
            setattr(user, name, value)
        # Strictly later: two changes in one millisecond could not be put in order.
        user.updated_at = max(self._millis(), user.updated_at + 1)
        return self._event("user.updated", described(user))

    def delete(self, user_id: str) -> dict[str, Any]:
        """Somebody is gone, and every sign-in with them."""
        self.users.pop(user_id, None)
        for session in self.sessions.values():
            if session.user_id == user_id:
                session.status = "removed"
        gone = {"id": user_id, "object": "user", "deleted": True}
        return self._event("user.deleted", gone)

    def sign_in(self, user_id: str) -> Session:
        """Somebody signs in."""
        session = Session(clerk_id("sess"), user_id)
        self.sessions[session.id] = session
        return session

    def end(self, session_id: str, how: str = "revoked") -> dict[str, Any]:
        """A sign-in is over: revoked, ended or removed; KeyError for an unknown one."""
        session, at = self.sessions[session_id], self._millis()
        session.status = how
        data = {
            "id": session.id,
            "object": "session",
            "user_id": session.user_id,
            "client_id": clerk_id("client"),
            "status": how,
            "created_at": at,
            "updated_at": at,
            "last_active_at": at,
            "expire_at": at + 604_800_000,
            "abandon_at": at + 2_592_000_000,
        }
        return self._event(f"session.{how}", data)

    def page(self, query: Mapping[str, str], emails: list[str]) -> list[dict[str, Any]]:
        """``GET /v1/users``; ValueError for numbers that are none."""
        limit = min(max(int(query.get("limit", 10)), 1), MOST_A_PAGE)
        offset = max(int(query.get("offset", 0)), 0)
        order = query.get("order_by", "-created_at")
        found = sorted(self.users.values(), key=lambda user: (user.created_at, user.id))
        if not order.startswith("+"):
            found.reverse()
        if emails:
            found = [user for user in found if user.email in emails]
        return [described(user) for user in found[offset : offset + limit]]

    def _event(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "data": data,
            "event_attributes": {"http_request": {"client_ip": "198.51.100.7", "user_agent": "x"}},
            "instance_id": INSTANCE,
            "object": "event",
            "timestamp": self._millis(),
            "type": kind,
        }

    def _millis(self) -> int:
        return int(self.now() * 1000)


def described(user: User) -> dict[str, Any]:
    """A user in Clerk's words, with all that nobody here needs."""
    address = {
        "id": "idn_2aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "object": "email_address",
        "email_address": user.email,
        "reserved": False,
        "verification": _verification() if user.confirmed else None,
        "linked_to": [],
        "matches_sso_connection": False,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }
    empty = ("phone_numbers", "web3_wallets", "passkeys", "external_accounts")
    flags = ("two_factor_enabled", "totp_enabled", "backup_code_enabled", "has_image", "locked")
    nothing = ("username", "external_id", "primary_phone_number_id", "primary_web3_wallet_id")
    never = ("mfa_enabled_at", "mfa_disabled_at", "legal_accepted_at", "last_sign_in_at")
    return {
        "id": user.id,
        "object": "user",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "image_url": "https://img.example.com/ada",
        "primary_email_address_id": address["id"],
        "email_addresses": [address],
        "banned": user.banned,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "last_active_at": user.updated_at,
        "password_enabled": True,
        "delete_self_enabled": True,
        "create_organization_enabled": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100,
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": {},
        "private_metadata": {"note": "private"},
        "unsafe_metadata": {},
        **dict.fromkeys(empty, ()),
        **dict.fromkeys(flags, False),
        **dict.fromkeys((*nothing, *never), None),
    }


def _verification() -> dict[str, Any]:
    return {
        "object": "verification_otp",
        "status": "verified",
        "strategy": "email_code",
        "attempts": 1,
        "expire_at": 1_800_000_000_000,
    }
