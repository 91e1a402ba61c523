"""Believing the built-in issuer's new keys as soon as it says so."""

from __future__ import annotations

from collections.abc import Sequence

from ab_shared.contracts.events import PublicKey

from ab_gateway.ports import IssuerKeys
from ab_gateway.usecases.authenticate_caller import AuthenticateCaller


class TakeNewKeys:
    """Replaces the keys, and verifies anew every token that the old ones had vouched for."""

    def __init__(self, rings: Sequence[IssuerKeys], authenticate: AuthenticateCaller) -> None:
        self._rings = {ring.issuer: ring for ring in rings}
        self._authenticate = authenticate

    def __call__(self, issuer: str, keys: Sequence[PublicKey]) -> None:
        """An issuer that is not listed here changes nothing."""
        ring = self._rings.get(issuer)
        if ring is not None:
            ring.replace(keys)
            self._authenticate.forget_tokens()
