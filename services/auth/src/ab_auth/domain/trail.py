"""Which ids an entry of the audit trail names, and the entry without some of them.

The rules are those by which the database renames what it has kept already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from ab_shared.contracts.audit import MAX_REASON, AuditEntry
from pydantic import JsonValue

USER = "user:"
# Who acts as one of these is no user, whatever a user calls themselves.
NO_USERS = frozenset({"operator", "service"})
_WORD = re.compile(r"[\w|/@:.-]*[\w|/@-]")
EntryT = TypeVar("EntryT", bound=AuditEntry)


def ids_in(entry: AuditEntry) -> frozenset[str]:
    """Whatever may be the id of a user."""
    texts = [entry.subject, *_texts(entry.before), *_texts(entry.after)]
    if entry.actor_kind not in NO_USERS:
        texts.append(entry.actor)
    texts += _WORD.findall(entry.reason or "")
    return frozenset(text.removeprefix(USER) for text in texts) | frozenset(texts)


def renamed(entry: EntryT, names: Mapping[str, str]) -> EntryT:
    """The entry with other names, by id."""
    reason = entry.reason
    if reason is not None:
        reason = _WORD.sub(lambda word: _name(word[0], names), reason)[:MAX_REASON]
    return entry.model_copy(
        update={
            "actor": entry.actor if entry.actor_kind in NO_USERS else _name(entry.actor, names),
            "subject": _name(entry.subject, names),
            "before": _tree(entry.before, names),
            "after": _tree(entry.after, names),
            "reason": reason,
        }
    )


def _name(text: str, names: Mapping[str, str]) -> str:
    if text in names:
        return names[text]
    bare = text.removeprefix(USER)
    return USER + names[bare] if bare != text and bare in names else text


def _tree(value: JsonValue, names: Mapping[str, str]) -> JsonValue:
    if isinstance(value, str):
        return _name(value, names)
    if isinstance(value, dict):
        return {key: _tree(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_tree(inner, names) for inner in value]
    return value


def _texts(value: JsonValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
