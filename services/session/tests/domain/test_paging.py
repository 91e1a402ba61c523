"""Cursors name a place to whoever they were given to, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from ab_session.domain.paging import EPOCH, Place, cursor_behind, place_of
from ab_shared.errors import ValidationFailed
from hypothesis import given
from hypothesis import strategies as st

KEY = b"the key of the tests"
INSTANTS = st.integers(0, 2**52).map(lambda micros: EPOCH + timedelta(microseconds=micros))
OWN = Place(None, EPOCH + timedelta(days=20000, microseconds=1), UUID(int=7))


@given(created_at=INSTANTS, row=st.uuids(), user=st.none() | st.text())
def test_a_cursor_of_an_own_row_is_read_as_it_was_written(
    created_at: object, row: UUID, user: str | None
) -> None:
    place = Place(None, created_at, row)
    assert place_of(cursor_behind(place, user, KEY), user, KEY) == place


@given(position=st.integers(0, 2**31 - 1), row=st.uuids())
def test_a_cursor_of_the_catalogue_names_its_position(position: int, row: UUID) -> None:
    cursor = cursor_behind(Place(position, OWN.created_at, row), None, KEY)
    assert place_of(cursor, None, KEY) == Place(position, EPOCH, row)


@given(st.text())
def test_what_nobody_was_given_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationFailed, match="cursor is not valid"):
        place_of(cursor, "user", KEY)


def test_a_cursor_with_one_sign_changed_is_refused() -> None:
    cursor = cursor_behind(OWN, "user", KEY)
    for index, sign in enumerate(cursor[:-1]):
        other = "A" if sign != "A" else "B"
        with pytest.raises(ValidationFailed):
            place_of(cursor[:index] + other + cursor[index + 1 :], "user", KEY)


@pytest.mark.parametrize("reader", [None, "other", ""])
def test_somebody_elses_cursor_is_refused(reader: str | None) -> None:
    with pytest.raises(ValidationFailed):
        place_of(cursor_behind(OWN, "user", KEY), reader, KEY)


def test_another_deployments_cursor_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        place_of(cursor_behind(OWN, "user", b"another key"), "user", KEY)
