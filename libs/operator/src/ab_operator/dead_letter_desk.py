"""What can be done with dead letters: choose, look, send back, throw away; all of it audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ab_shared.contracts.audit import Details
from ab_shared.contracts.catalogue import SERVICES
from ab_shared.errors import AbError, NotFound, ValidationFailed
from ab_shared.messaging.dead_letter import DeadLetter
from ab_shared.messaging.dead_letters import Shelf, opened_shelf

from ab_operator.desk import Desk

Deed = Literal["replay", "discard"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters are meant; what is not given narrows nothing."""

    ids: frozenset[str] = frozenset()
    service: str | None = None
    reason: str | None = None
    since: datetime | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """Whose shelves to open; ValidationFailed for a name that no service has."""
        if self.service is None:
            return SERVICES
        if self.service not in SERVICES:
            raise ValidationFailed(f"No service is called that: {', '.join(SERVICES)}")
        return (self.service,)

    def takes(self, letter: DeadLetter) -> bool:
        """Whether a letter is meant. One without a time of death is, whatever ``since`` says."""
        old = self.since and letter.died_at and letter.died_at < self.since
        return (
            (not self.ids or letter.id in self.ids)
            and self.reason in {None, letter.reason}
            and not old
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Letters that are meant, oldest first on each shelf; ``hidden`` shelves hold more."""

    letters: tuple[DeadLetter, ...]
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one letter; ``trouble`` says why nothing did."""

    letter: DeadLetter
    trouble: str | None = None


async def look(desk: Desk, choice: Choice) -> Found:
    """The letters that are meant; they lie where they lay."""
    letters: list[DeadLetter] = []
    hidden: list[str] = []
    for service in choice.services:
        async with opened_shelf(desk.broker_url, service) as shelf:
            letters += filter(choice.takes, shelf.letters)
            if shelf.more:
                hidden.append(service)
    return Found(tuple(letters), tuple(hidden))


async def reveal(desk: Desk, choice: Choice, why: str) -> DeadLetter:
    """One letter with all its words, after the trail has it that somebody reads them.

    Raises:
        NotFound: there is none, or not one only.
    """
    found = (await look(desk, choice)).letters
    if len({letter.id for letter in found}) != 1:
        raise NotFound("No such dead letter" if not found else "More than one: name it in full")
    await desk.record("dead_letter.reveal", subject_of(found[0]), reason=why)
    return found[0]


async def act(
    desk: Desk,
    deed: Deed,
    letters: Sequence[DeadLetter],
    why: str | None,
    tell: Callable[[Outcome], None],
) -> None:
    """Does it to each letter in turn, oldest first; one that can't be done stays and stops none."""
    for service in sorted({letter.service for letter in letters}):
        async with opened_shelf(desk.broker_url, service) as shelf:
            wanted = {letter.id for letter in letters if letter.service == service}
            for letter in shelf.letters:
                if letter.id in wanted:
                    tell(Outcome(letter, await _done(desk, shelf, deed, letter, why)))


async def _done(
    desk: Desk, shelf: Shelf, deed: Deed, letter: DeadLetter, why: str | None
) -> str | None:
    queues = list(letter.destinations)
    if deed == "replay" and not queues:
        return "no queue keeps such a message: discard it"
    before: Details = {
        "reason": letter.reason,
        "error": letter.error,
        "attempt": letter.attempt,
    }
    after: Details | None = {"queues": [*queues]} if deed == "replay" else None
    try:
        # The trail first: a deed that is not in it must not have happened.
        await desk.record(
            f"dead_letter.{deed}", subject_of(letter), before=before, after=after, reason=why
        )
        await (shelf.replay(letter) if deed == "replay" else shelf.discard(letter))
    except AbError as error:
        return error.message
    return None


def subject_of(letter: DeadLetter) -> str:
    """How the trail names a letter."""
    return f"dead_letter:{letter.place}/{letter.id}"
