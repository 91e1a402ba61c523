"""Signs in with an e-mail address and a password."""

from __future__ import annotations

from dataclasses import dataclass

from ab_shared.contracts import rpc
from ab_shared.errors import Unauthorized, ValidationFailed

from ab_auth.domain.accounts import StoredPassword, normalised_email, normalised_password
from ab_auth.ports import Passwords, Store
from ab_auth.usecases.issue_tokens import IssueTokens


@dataclass(frozen=True, slots=True)
class LogIn:
    """A wrong password and an unknown address look the same and take the same time."""

    store: Store
    passwords: Passwords
    issue: IssueTokens

    async def __call__(self, request: rpc.Login) -> rpc.TokenPair:
        """Tokens of a new sign-in; Unauthorized, with one message, for anything wrong."""
        password = normalised_password(request.credentials.password.get_secret_value())
        found = await self._stored(request.credentials.email.get_secret_value())
        # No transaction is open meanwhile: this takes longer than all the rest.
        right = await self.passwords.verify(found.encoded if found else None, password)
        if found is None or not right:
            raise Unauthorized("The e-mail address or the password is wrong")
        outdated = self.passwords.outdated(found.encoded)
        encoded = await self.passwords.encode(password) if outdated else None
        async with self.store.begin() as unit:
            if encoded is not None:
                await unit.replace_password(StoredPassword(found.user_id, encoded))
            return await self.issue.begin(unit, found.user_id)

    async def _stored(self, email: str) -> StoredPassword | None:
        try:
            address = normalised_email(email)
        except ValidationFailed:
            return None
        async with self.store.begin() as unit:
            return await unit.password_of(address)
