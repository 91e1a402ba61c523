"""JSON that means two things at once, or costs more to read than to send."""

from __future__ import annotations

import json
from typing import NoReturn

from ab_shared.errors import ValidationFailed

# A double has 17 digits that count; what is longer is no number somebody means.
MAX_DIGITS = 40


def refuse_bombs(body: bytes) -> None:
    """Raises ValidationFailed for a field named twice, endless nesting or endless numbers.

    Text that is no JSON passes: the model it is read by says better what is wrong.
    """
    try:
        json.loads(
            body,
            object_pairs_hook=_each_once,
            parse_int=_short,
            parse_float=_short,
        )
    except RecursionError:
        _refuse("is nested too deep")
    except ValueError:
        return


def _each_once(pairs: list[tuple[str, object]]) -> None:
    # Which of two counts is for each reader to choose: a filter on the way may choose another.
    if len({name for name, _ in pairs}) < len(pairs):
        _refuse("names a field twice")


def _short(digits: str) -> None:
    if len(digits) > MAX_DIGITS:
        _refuse("holds a number with too many digits")


def _refuse(why: str) -> NoReturn:
    raise ValidationFailed("Some fields are not valid", details={"body": why})
