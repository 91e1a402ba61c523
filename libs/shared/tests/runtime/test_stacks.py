from __future__ import annotations

from collections.abc import Callable

import pytest
from ab_shared.runtime.scrubbing import GONE, Scrubber
from ab_shared.runtime.stacks import told
from pydantic import BaseModel

LINE = "I am calm and Maria knows"
KNOWN: dict[str, int] = {}


class Shape(BaseModel):
    number: int


def convert() -> None:
    int(LINE)


def validate() -> None:
    Shape.model_validate({"number": LINE})


def chained() -> None:
    try:
        convert()
    except ValueError as error:
        message = f"could not use {LINE!r}"
        raise RuntimeError(message) from error


def while_handling() -> None:
    try:
        convert()
    finally:
        Shape(number=KNOWN[LINE])


def hidden() -> None:
    try:
        convert()
    except ValueError:
        raise RuntimeError from None


def grouped() -> None:
    message = "both"
    raise ExceptionGroup(message, [ValueError(repr(LINE)), KeyError(LINE)])


def stack(act: Callable[[], None]) -> str:
    try:
        act()
    except Exception as error:
        return told(error, Scrubber())
    pytest.fail("nothing was raised")


@pytest.mark.parametrize("act", [convert, validate, chained, while_handling, hidden, grouped])
def test_no_value_is_quoted_and_every_place_is_named(act: Callable[[], None]) -> None:
    shown = stack(act)
    assert "Maria" not in shown
    assert shown.startswith("Traceback (most recent call last):")
    assert f"in {act.__name__}" in shown
    assert __file__ in shown


def test_the_first_error_comes_first() -> None:
    shown = stack(chained)
    first, last = shown.split("direct cause")
    assert f"ValueError: invalid literal for int() with base 10: '{GONE}'" in first
    assert f"RuntimeError: could not use '{GONE}'" in last
    assert "During handling" in stack(while_handling)
    assert "ValueError" not in stack(hidden)


def test_the_members_of_a_group_are_told() -> None:
    shown = stack(grouped)
    assert "ExceptionGroup: both (2 sub-exceptions)" in shown
    assert "  + ValueError: " in shown
    assert "  + KeyError: " in shown


def test_a_chain_that_never_ends_is_cut() -> None:
    error = ValueError("x")
    other = ValueError("y")
    error.__cause__, other.__cause__ = other, error
    assert told(error, Scrubber()).count("ValueError") < 20


def test_an_error_that_cannot_be_told_is_named() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "an error that cannot be told" in told(Broken(), Scrubber())
