"""How values that a listener sends become those that are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from ab_shared.contracts.selves import RANKED_BY_PLACE, GivenValue
from ab_shared.errors import ValidationFailed

from ab_session.domain.listener import ValueRow


def rows_of(given: Sequence[GivenValue], at: datetime) -> list[ValueRow]:
    """Rows in the order they were sent; without any rank the first three get 1 to 3.

    Raises:
        ValidationFailed: an id or a rank comes twice.
    """
    _once("valueId", (value.value_id for value in given))
    _once("rank", (value.rank for value in given if value.rank is not None))
    unranked = all(value.rank is None for value in given)
    return [
        ValueRow(
            id=uuid4(),
            value_id=value.value_id,
            value_text=value.value_text,
            rank=place if unranked and place <= RANKED_BY_PLACE else value.rank,
            created_at=at,
            updated_at=at,
        )
        for place, value in enumerate(given, start=1)
    ]


def _once(name: str, said: Iterable[Hashable]) -> None:
    # What comes twice is not repeated: an id may be a listener's own word.
    if any(times > 1 for times in Counter(said).values()):
        raise ValidationFailed("Some fields are not valid", details={name: "comes twice"})
