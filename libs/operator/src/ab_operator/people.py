"""Users as people name them: by the e-mail address they sign in with, or by id."""

from __future__ import annotations

from typing import Annotated

import typer
from ab_shared.contracts.admin import FindUser, Person
from pydantic import SecretStr

from ab_operator.desk import Desk

Who = Annotated[
    str, typer.Argument(metavar="WHO", help="The e-mail address they sign in with, or a user id")
]


def is_address(who: str) -> bool:
    """Whether an address is meant: no id of any issuer holds an @, and every address does."""
    return "@" in who


def person(who: str) -> Person:
    """Who is meant, for auth to find."""
    return Person(email=SecretStr(who)) if is_address(who) else Person(user_id=who)


async def user_id_of(desk: Desk, who: str) -> str:
    """The id of a user whom auth knows: other services take any id for somebody's.

    Raises:
        NotFound: nobody is meant.
    """
    return (await desk.bus.call(FindUser(person=person(who)))).user_id
