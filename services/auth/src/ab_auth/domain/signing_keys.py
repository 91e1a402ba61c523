"""The keys the built-in issuer signs with, one after the other.

::

    published ──signs_from──▶ signing ──the next signs──▶ verifying ──its last token dies──▶ gone

A key is published before it signs, so that every gateway knows it when its first token comes, and
verifies after it has signed, until the last of its tokens has expired. So nobody is signed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ab_shared.contracts.events import PublicKey
from ab_shared.contracts.signing_keys import KeyStage, SigningKeyState

# Clocks of instances differ, and gateways believe a token a few seconds longer than it says.
MARGIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; the private half is sealed and useless without the deployment's key.

    ``token_seconds`` is the longest that a token signed with it can live.
    """

    public: PublicKey
    sealed: bytes
    created_at: datetime
    signs_from: datetime
    token_seconds: int

    @property
    def kid(self) -> str:
        """The name of the key."""
        return self.public.kid


@dataclass(frozen=True, slots=True)
class Rotation:
    """How keys follow each other: ``lead`` before it signs, a key is known; ``max_age`` is long."""

    lead: timedelta
    max_age: timedelta


def in_turn(keys: Sequence[SigningKey]) -> list[SigningKey]:
    """The keys in the order in which they sign."""
    return sorted(keys, key=lambda key: (key.signs_from, key.kid))


def signing_key(keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
    """The one to sign with: the last whose turn has come; the first, before anybody's has."""
    turns = in_turn(keys)
    begun = [key for key in turns if key.signs_from <= now]
    return begun[-1] if begun else next(iter(turns), None)


def leaves_at(key: SigningKey, keys: Sequence[SigningKey]) -> datetime | None:
    """When the last token signed with it is dead; None while nothing follows it."""
    turns = in_turn(keys)
    after = turns[turns.index(key) + 1 :]
    if not after:
        return None
    return after[0].signs_from + timedelta(seconds=key.token_seconds) + MARGIN


def verifying(keys: Sequence[SigningKey], now: datetime) -> list[SigningKey]:
    """Those that have not left, in turn: what gateways shall believe."""
    ends = ((key, leaves_at(key, keys)) for key in in_turn(keys))
    return [key for key, end in ends if end is None or now < end]


def next_turn(keys: Sequence[SigningKey], now: datetime, rotation: Rotation) -> datetime:
    """From when a key made now signs: at once where there is none to sign with meanwhile."""
    return now + rotation.lead if keys else now


def pending(keys: Sequence[SigningKey], now: datetime) -> bool:
    """Whether a key waits for its turn."""
    newest = in_turn(keys)[-1:]
    return any(key.signs_from > now for key in newest)


def due(keys: Sequence[SigningKey], now: datetime, rotation: Rotation) -> bool:
    """Whether the next key must be made: there is none, or the newest will have signed enough.

    Made a ``lead`` early, so that no key signs longer than ``max_age``.
    """
    newest = in_turn(keys)[-1:]
    return not any(key.signs_from + rotation.max_age - rotation.lead > now for key in newest)


def stage_of(key: SigningKey, keys: Sequence[SigningKey], now: datetime) -> KeyStage:
    """Where a key stands."""
    current = signing_key(keys, now)
    if current == key:
        return "signing"
    return "published" if key.signs_from > now else "verifying"


def states(keys: Sequence[SigningKey], now: datetime) -> tuple[SigningKeyState, ...]:
    """What may be told of the keys, in turn; those that have left are not among them."""
    return tuple(
        SigningKeyState(
            kid=key.kid,
            stage=stage_of(key, keys, now),
            made_at=key.created_at,
            signs_from=key.signs_from,
            leaves_at=leaves_at(key, keys),
        )
        for key in verifying(keys, now)
    )
