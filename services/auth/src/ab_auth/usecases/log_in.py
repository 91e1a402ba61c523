"""Signs in with an e-mail address and a password."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.errors import TransientError, Unauthorized, ValidationFailed

from ab_auth.domain.accounts import StoredPassword, normalised_email, normalised_password
from ab_auth.ports import Passwords, Store
from ab_auth.usecases.guard_sign_in import GuardSignIn
from ab_auth.usecases.issue_tokens import IssueTokens

WRONG = "The e-mail address or the password is wrong"


@dataclass(frozen=True, slots=True)
class LogIn:
    """A wrong password and an unknown address look the same and take the same time."""

    store: Store
    passwords: Passwords
    issue: IssueTokens
    guard: GuardSignIn

    async def __call__(self, request: rpc.Login) -> rpc.TokenPair:
        """Tokens of a new sign-in.

        Raises:
            Unauthorized: with one message, for anything wrong.
            RateLimited: too many were wrong before; this one was not looked at, right or wrong.
        """
        password = normalised_password(request.credentials.password.get_secret_value())
        try:
            email = normalised_email(request.credentials.email.get_secret_value())
        except ValidationFailed:
            # No account can have it; it is not counted, but it costs the same.
            await self.passwords.verify(None, password)
            raise Unauthorized(WRONG) from None
        tried = await self.guard.begin(email, request.place)
        try:
            found = await self._right(email, password)
        except TransientError:
            await self.guard.was_undecided(tried)
            raise
        if found is None:
            raise Unauthorized(WRONG)
        outdated = self.passwords.outdated(found.encoded)
        encoded = await self.passwords.encode(password) if outdated else None
        async with self.store.begin() as unit:
            await self.guard.was_right(unit, tried, found.user_id)
            if encoded is not None:
                await unit.replace_password(StoredPassword(found.user_id, encoded))
            return await self.issue.begin(unit, found.user_id)

    async def _right(self, email: str, password: str) -> StoredPassword | None:
        async with self.store.begin() as unit:
            found = await unit.password_of(email)
        # No transaction is open meanwhile: this takes longer than all the rest.
        right = await self.passwords.verify(found.encoded if found else None, password)
        return found if right else None
