"""The queries behind pages of sessions, with and without a search."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, TextClause, text

from ab_session.domain.paging import Listed, Place, Sought

# As ``folded`` and ``goal_slug`` have it: there is an index to a user's sessions, none into titles.
FILTER = """
    AND (CAST(:text AS text) IS NULL OR strpos(
        lower(regexp_replace(normalize(s.title, NFKD), '[\u0300-\u036f]', '', 'g')),
        CAST(:text AS text)
    ) > 0)
    AND (CAST(:goal AS text) IS NULL
        OR replace(lower(btrim(s.goal_tag)), ' ', '-') = CAST(:goal AS text))
    AND (NOT CAST(:favourites AS boolean) OR EXISTS (
        SELECT FROM favourites AS f
        WHERE f.user_id = CAST(:user_id AS text) AND f.session_id = s.id
    ))
"""
CATALOGUE = """
    SELECT 0 AS part, s.catalogue_position AS place, s.created_at, s.id, s.title, s.goal_tag
    FROM sessions AS s WHERE s.owner_user_id IS NULL <filter>
"""
# What is read of the user's own is bounded by where the page ends, so a deep catalogue of sessions
# costs no sort.
OWN = """
    SELECT 1 AS part, CAST(NULL AS integer) AS place, s.created_at, s.id, s.title, s.goal_tag
    FROM sessions AS s WHERE s.owner_user_id = CAST(:user_id AS text) <filter>
    ORDER BY s.created_at DESC, s.id LIMIT :until
"""
PAGE = """
    SELECT p.*, EXISTS (
        SELECT FROM favourites AS f
        WHERE f.user_id = CAST(:user_id AS text) AND f.session_id = p.id
    ) AS favourite FROM (<parts>) AS p
    ORDER BY part, place, created_at DESC, id LIMIT :limit OFFSET :offset
"""
BEHIND_PLACE = " AND s.catalogue_position > :position"
OLDER = " AND s.created_at <= :created_at AND (s.created_at < :created_at OR s.id > :id)"


def _queries(wanted: str) -> tuple[TextClause, TextClause, TextClause]:
    """From the start, behind a row of the catalogue, behind one of the user's own.

    All in one order, entered behind a row: every part is a range of its index.
    """
    own = OWN.replace("<filter>", wanted)
    catalogue = CATALOGUE.replace("<filter>", wanted)
    parts = (
        f"{catalogue} UNION ALL ({own})",
        f"{catalogue}{BEHIND_PLACE} UNION ALL ({own})",
        OWN.replace("<filter>", wanted + OLDER),
    )
    first, second, third = (text(PAGE.replace("<parts>", part)) for part in parts)
    return first, second, third


ALL, FILTERED = _queries(""), _queries(FILTER)


def page_query(
    user_id: str | None, limit: int, offset: int, behind: Place | None, sought: Sought
) -> tuple[TextClause, dict[str, Any]]:
    """The statement for a page, and what it is asked with."""
    skipped = 0 if behind else offset
    wanted: dict[str, Any] = {"user_id": user_id, "limit": limit, "offset": skipped}
    wanted["until"] = limit + skipped
    queries = ALL
    if sought != Sought():
        queries = FILTERED
        wanted |= {"text": sought.text, "goal": sought.goal, "favourites": sought.favourites}
    if behind is None:
        return queries[0], wanted
    if behind.position is None:
        return queries[2], wanted | {"created_at": behind.created_at, "id": behind.id}
    return queries[1], wanted | {"position": behind.position}


def listed(row: RowMapping) -> Listed:
    """A row of a page."""
    place = Place(row["place"], row["created_at"], row["id"])
    return Listed(row["id"], row["title"], row["goal_tag"], place, favourite=row["favourite"])
