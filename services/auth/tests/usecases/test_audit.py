"""The trail keeps each entry once and gives it back page by page, whatever store is below."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ab_auth.usecases.list_audit import ListAudit
from ab_auth.usecases.record_audit import RecordAudit
from ab_shared.contracts.audit import AuditRecorded
from ab_shared.contracts.audit import ListAudit as Request
from ab_shared.errors import InvalidMessage
from ab_shared.runtime.context import Context, bound
from pydantic import ValidationError

NOW = datetime(2026, 1, 5, 12, 0, 0, 123456, tzinfo=UTC)


def deed(number: int, **more: Any) -> AuditRecorded:
    fields = {
        "actor": f"jo{number % 2}",
        "actor_kind": "operator",
        "action": "job.cancel",
        "subject": f"job:{number}",
        "before": {"status": "pending"},
        "after": {"status": "failed", "lines": [1, 2]},
        "occurred_at": NOW,
    }
    return AuditRecorded.model_validate(fields | more)


async def told(store: Any, entry: AuditRecorded, message_id: str) -> None:
    with bound(Context(message_id=message_id, correlation_id="c-1")):
        await RecordAudit(store, b"k" * 32)(entry)


async def test_what_is_told_twice_is_kept_once(memory_store: Any) -> None:
    await told(memory_store, deed(1), "m1")
    await told(memory_store, deed(1), "m1")
    await told(memory_store, deed(1), "m2")
    page = await ListAudit(memory_store)(Request())
    assert [(entry.number, entry.id) for entry in page.entries] == [(2, "m2"), (1, "m1")]
    assert page.next_before is None
    assert page.entries[1].after == {"status": "failed", "lines": [1, 2]}
    assert page.entries[1].correlation_id == "c-1"


async def test_pages_follow_each_other_and_end(memory_store: Any) -> None:
    for number in range(7):
        await told(memory_store, deed(number), f"m{number}")
    seen: list[str] = []
    before: int | None = None
    for _ in range(3):
        page = await ListAudit(memory_store)(Request(limit=3, before=before))
        seen += [entry.subject for entry in page.entries]
        before = page.next_before
        await told(memory_store, deed(99), f"late{len(seen)}")
    assert before is None
    assert seen == [f"job:{number}" for number in reversed(range(7))]


async def test_it_can_be_narrowed(memory_store: Any) -> None:
    await told(memory_store, deed(1), "m1")
    await told(memory_store, deed(2, action="job_cancelled.twice"), "m2")
    await told(memory_store, deed(3, action="session.delete"), "m3")

    async def found(**wanted: Any) -> list[str]:
        page = await ListAudit(memory_store)(Request.model_validate(wanted))
        return [entry.id for entry in page.entries]

    assert await found(action="job.") == ["m1"]
    assert await found(actor="jo1") == ["m3", "m1"]
    assert await found(subject="job:2") == ["m2"]
    assert await found(since=NOW) == ["m3", "m2", "m1"]
    assert await found(since=NOW.replace(year=2027)) == []


async def test_an_entry_that_no_message_told_is_refused(memory_store: Any) -> None:
    with bound(Context()), pytest.raises(InvalidMessage):
        await RecordAudit(memory_store, b"k" * 32)(deed(1))


@pytest.mark.parametrize(
    "private",
    [
        {"actor": "ada@example.org"},
        {"subject": "user:ada@example.org"},
        {"before": {"deep": [{"email": "ada@example.org"}]}},
        {"after": {"ada@example.org": 1}},
        {"reason": "asked by <ada@example.org>"},
    ],
)
def test_addresses_of_people_do_not_get_in(private: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="e-mail address"):
        deed(1, **private)
