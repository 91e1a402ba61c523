"""Stands in for the built-in issuer where it is off."""

from __future__ import annotations

from typing import Any, NoReturn

from ab_shared.contracts.base import Request
from ab_shared.errors import NotFound


class RefuseSignIn:
    """Another issuer signs people in; here there is nothing to find."""

    async def __call__(self, _request: Request[Any]) -> NoReturn:
        """NotFound, always."""
        raise NotFound("The built-in issuer is off")
