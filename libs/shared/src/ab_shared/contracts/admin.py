"""Administrators: who holds which role, told by auth, and how roles are given and taken."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field, SecretStr, field_serializer, model_validator

from ab_shared.contracts.audit import MAX_REASON, MAX_TEXT
from ab_shared.contracts.base import Contract, Event, Request

MAX_USER_ID = 255


class Role(StrEnum):
    """What somebody may do on the admin surface; which deeds that are is the gateway's table."""

    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"
    SUPPORT = "SUPPORT"
    READ_ONLY = "READ_ONLY"


class Person(Contract):
    """One user, by id or by the e-mail address they sign in with: exactly one of the two."""

    user_id: str | None = Field(default=None, min_length=1, max_length=MAX_USER_ID)
    email: SecretStr | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Person:
        if (self.user_id is None) == (self.email is None):
            raise ValueError("name a user by id or by e-mail address")
        return self

    @field_serializer("email", when_used="json-unless-none")
    def _reveal(self, value: SecretStr) -> str:
        return value.get_secret_value()


class HeldRole(Contract):
    """A user's role, None where they hold none; ``version`` grows with every change of it."""

    user_id: str
    role: Role | None = None
    version: int = 0


class GetRole(Request[HeldRole]):
    """Ask which role a user holds; a user nobody knows holds none."""

    routing_key: ClassVar[str] = "auth.get_role.v1"
    reply_type: ClassVar[type[Contract]] = HeldRole

    user_id: str = Field(min_length=1, max_length=MAX_USER_ID)


class RoleChanged(Event):
    """A user's role is another one from now on; ``role`` None means that they hold none."""

    routing_key: ClassVar[str] = "auth.role_changed.v1"

    user_id: str
    role: Role | None
    version: int


class Admin(Contract):
    """Somebody with a role, and who gave it to them when."""

    user_id: str
    role: Role
    granted_by: str
    granted_at: AwareDatetime
    version: int


class RoleDeed(Request[HeldRole]):
    """A change of somebody's role by somebody else; it is audited under the user's id."""

    reply_type: ClassVar[type[Contract]] = HeldRole

    person: Person
    actor: str = Field(min_length=1, max_length=MAX_TEXT)
    actor_kind: Literal["admin", "operator"]
    reason: str | None = Field(default=None, max_length=MAX_REASON)


class GrantRole(RoleDeed):
    """Give a user a role in place of any they hold; the same again changes nothing.

    NotFound for somebody unknown, Conflict where it would leave nobody with the role ADMIN.
    """

    routing_key: ClassVar[str] = "auth.grant_role.v1"

    role: Role


class RevokeRole(RoleDeed):
    """Take a user's role; who holds none is no error.

    NotFound for somebody unknown, Conflict where it would leave nobody with the role ADMIN.
    """

    routing_key: ClassVar[str] = "auth.revoke_role.v1"


class Admins(Contract):
    """Everybody with a role, longest-serving first."""

    admins: tuple[Admin, ...]


class ListAdmins(Request[Admins]):
    """Ask who holds a role."""

    routing_key: ClassVar[str] = "auth.list_admins.v1"
    reply_type: ClassVar[type[Contract]] = Admins


class FoundUser(Contract):
    """A user as whoever looks after them sees it: no address, and nothing they wrote."""

    user_id: str
    timezone: str
    created_at: AwareDatetime
    issuers: tuple[str, ...]
    role: Role | None = None
    role_version: int = 0


class FindUser(Request[FoundUser]):
    """Look a user up without making one; NotFound where nobody is meant."""

    routing_key: ClassVar[str] = "auth.find_user.v1"
    reply_type: ClassVar[type[Contract]] = FoundUser

    person: Person
