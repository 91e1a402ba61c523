"""Finds out which user is meant, by id or by the address they sign in with."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts.admin import Person
from ab_shared.errors import NotFound

from ab_auth.domain.accounts import User, normalised_email
from ab_auth.ports import AuthUnit, Directory, Store


@dataclass(frozen=True, slots=True)
class FindPerson:
    """The address is looked up and forgotten: it is neither kept nor logged anywhere.

    ``directory`` knows the addresses of the other issuer's users; None where there is none.
    """

    store: Store
    directory: Directory | None

    async def __call__(self, person: Person) -> str:
        """The id of the user.

        Raises:
            ValidationFailed: the address is none.
            NotFound: nobody signs in with it.
        """
        if person.user_id is not None:
            return person.user_id
        email = normalised_email(person.email.get_secret_value() if person.email else "")
        async with self.store.begin() as unit:
            password = await unit.password_of(email)
        if password is not None:
            return password.user_id
        # Outside the transaction: somebody else's server may take its time.
        subject = await self.directory.subject_of(email) if self.directory else None
        if subject is None:
            raise NotFound("Nobody signs in with this e-mail address")
        return subject


async def known_user(unit: AuthUnit, user_id: str) -> User:
    """The user with this id; NotFound for one who has not been here (yet, or any more)."""
    user = await unit.user(user_id)
    if user is None:
        raise NotFound("There is no such user here: have them sign in once, then try again")
    return user
