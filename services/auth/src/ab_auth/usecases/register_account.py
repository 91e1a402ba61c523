"""Makes an account at the built-in issuer and signs it in."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.contracts.events import UserRegistered
from ab_shared.errors import Conflict
from ab_shared.runtime.clock import Clock
from ab_shared.runtime.logs import hashed

from ab_auth.domain.accounts import (
    MIN_PASSWORD,
    StoredPassword,
    User,
    accepted_password,
    normalised_email,
)
from ab_auth.ports import Passwords, Store
from ab_auth.usecases.account_metrics import REGISTERED
from ab_auth.usecases.issue_tokens import ID_BYTES, IssueTokens

logger = logging.getLogger("ab.auth")


@dataclass(frozen=True, slots=True)
class RegisterAccount:
    """Says plainly that an address is taken.

    Without a mail to confirm, whoever registers learns it anyway: a new account signs in, a taken
    one does not. What keeps a list of addresses from being tried is the gateway's rate limit.
    """

    store: Store
    passwords: Passwords
    issue: IssueTokens
    clock: Clock
    least_length: int = MIN_PASSWORD

    async def __call__(self, request: rpc.Register) -> rpc.TokenPair:
        """Tokens of the new account.

        Raises:
            ValidationFailed: the address is none, or the password is weak.
            Conflict: the address has an account.
        """
        email = normalised_email(request.credentials.email.get_secret_value())
        given = request.credentials.password.get_secret_value()
        password = accepted_password(given, email, self.least_length)
        # Slow, so before the transaction, which would hold a database session meanwhile.
        encoded = await self.passwords.encode(password)
        user = User(f"user_{secrets.token_hex(ID_BYTES)}", self.clock())
        async with self.store.begin() as unit:
            # The user goes first, as the password refers to it; a taken address rolls both back.
            await unit.add_user(user)
            if not await unit.add_password(email, StoredPassword(user.id, encoded)):
                raise Conflict("There is an account with this e-mail address already")
            tokens = await self.issue.begin(unit, user.id)
            await unit.send(
                UserRegistered(
                    user_id=user.id, issuer=self.issue.issuer, registered_at=user.created_at
                )
            )
        REGISTERED.labels("builtin").inc()
        logger.info("An account was made", extra={"user": hashed(user.id)})
        return tokens
