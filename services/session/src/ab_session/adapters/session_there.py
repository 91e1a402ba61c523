"""What is written about a session at the moment somebody deletes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ab_shared.errors import NotFound
from sqlalchemy.exc import IntegrityError

# SQLSTATE foreign_key_violation, PostgreSQL documentation, appendix A.
NO_SUCH_ROW = "23503"


@contextmanager
def session_there() -> Iterator[None]:
    """Around one insert that refers to a session: the deletion that it waited for came first.

    Raises:
        NotFound: the session is gone; the transaction must not go on.
    """
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != NO_SUCH_ROW:
            raise
        raise NotFound("There is no such session") from None
