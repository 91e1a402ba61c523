"""Makes the user of another issuer, once, however many ways the news of them comes."""

from __future__ import annotations

from datetime import datetime

from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import Conflict

from ab_auth.domain.accounts import User
from ab_auth.domain.identities import Outsider
from ab_auth.ports import AuthUnit
from ab_auth.usecases.account_metrics import REGISTERED


async def welcome(
    unit: AuthUnit, who: Outsider, now: datetime, issued_at: datetime | None = None
) -> tuple[User | None, bool]:
    """The user, and whether they are new; None where they have left and this brings them not back.

    ``issued_at`` is that of a token which names them: a webhook or a list has none, and cannot
    bring back who was erased here.

    Raises:
        Conflict: the user id belongs to a user of another issuer.
    """
    known = await unit.user_of(who.issuer, who.subject)
    if known is not None:
        return known, False
    # Held from here on: a webhook, a token and a list may cross, and one of them makes the user.
    await unit.hold_outsider(who)
    departure = await unit.departure(who)
    if departure is not None:
        if departure.bars(issued_at):
            return None, False
        await unit.forget_departure(who)
    user = User(who.user_id, now)
    if not await unit.add_user(user):
        known = await unit.user_of(who.issuer, who.subject)
        if known is None and await unit.being_erased(who.user_id):
            return None, False
        if known is None:
            raise Conflict("This user id belongs to a user of another issuer")
        return known, False
    await unit.add_identity(who.issuer, who.subject, user.id)
    await unit.send(
        UserRegistered(user_id=user.id, issuer=who.issuer, registered_at=user.created_at)
    )
    REGISTERED.labels("other").inc()
    return user, True
