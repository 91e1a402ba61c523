"""What was found about texts, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from ab_session.domain.moderation.verdict import Blocked, Checked, Status, Verdict
from ab_session.moderation_ports import Due, Judged, Waiting
from ab_shared.contracts.moderation import FlaggedLine, ModerationStats, RefusedOn, Use
from ab_shared.contracts.moderation import Status as StatusName

SHOWN_USES = 5
Place = tuple[UUID, str, int]


@dataclass(frozen=True)
class Row:
    id: UUID
    verdict: Verdict
    first_seen_at: datetime
    checked_at: datetime
    due_at: datetime | None = None
    decided_by: str | None = None
    asked: int = 0


@dataclass(frozen=True)
class Text:
    owner: str
    address: str
    text: str
    original_text: str | None = None


class MemoryModeration:
    """Implements ``Verdicts`` on the tables of a memory store."""

    def __init__(self, rows: Any) -> None:
        self._rows = rows
        self._verdicts: dict[str, Row] = rows.text_verdicts
        self._standing: dict[Place, Text] = rows.checked_texts

    async def known(self, addresses: Collection[str]) -> dict[str, Judged]:
        kept = self._verdicts
        return {name: _judged(name, kept[name]) for name in addresses if name in kept}

    async def record(
        self, found: Mapping[str, Verdict], at: datetime, *, due_at: datetime | None = None
    ) -> None:
        for address, verdict in found.items():
            before = self._verdicts.get(address)
            if before is None:
                self._add(address, verdict, at, due_at)
            elif before.decided_by is None and (
                not verdict.waits_for_vendor or before.verdict.waits_for_vendor
            ):
                due = due_at if verdict.waits_for_vendor else None
                after = replace(before, verdict=verdict, checked_at=at, due_at=due)
                self._verdicts[address] = after

    async def hold(self, checked: Sequence[Checked], at: datetime) -> dict[str, Verdict]:
        for one in checked:
            if one.address not in self._verdicts:
                self._add(one.address, one.verdict, at, at)
        found = {one.address: self._verdicts[one.address].verdict for one in checked}
        return {name: one for name, one in found.items() if one.status is Status.REJECTED}

    async def keep(
        self, session_id: UUID, owner_user_id: str, checked: Sequence[Checked], at: datetime
    ) -> None:
        del at
        for place in self._places(session_id) - {(session_id, c.part, c.position) for c in checked}:
            del self._standing[place]
        for one in checked:
            here = (session_id, str(one.part), one.position)
            before = self._standing.get(here)
            original = None
            if before is not None:
                original = before.original_text
                if before.text != one.text:
                    original = original or before.text
            self._standing[here] = Text(owner_user_id, one.address, one.text, original)

    async def blocked(self, session_id: UUID) -> Blocked | None:
        for place in sorted(self._places(session_id)):
            row = self._verdicts.get(self._standing[place].address)
            if row is not None and row.verdict.status is Status.REJECTED:
                named: Any = place[1]
                return Blocked(session_id, named, place[2], row.verdict.category)
        return None

    async def blocked_among(self, session_ids: Collection[UUID]) -> frozenset[UUID]:
        return frozenset([one for one in session_ids if await self.blocked(one) is not None])

    async def all_approved(self, session_id: UUID) -> bool:
        places = self._places(session_id)
        rows = [self._verdicts.get(self._standing[p].address) for p in places]
        return bool(rows) and all(r and r.verdict.status is Status.APPROVED for r in rows)

    async def sessions_with(self, address: str) -> Sequence[UUID]:
        standing = self._standing.items()
        return sorted({place[0] for place, one in standing if one.address == address})

    async def touch(
        self, session_ids: Sequence[UUID], at: datetime
    ) -> Sequence[tuple[UUID, str | None, int]]:
        touched = []
        for session_id in session_ids:
            before = self._rows.sessions[session_id]
            after = replace(before, version=before.version + 1, updated_at=at)
            self._rows.sessions[session_id] = after
            touched.append((after.id, after.owner_user_id, after.version))
        return touched

    async def claim_due(self, now: datetime, until: datetime, limit: int) -> Sequence[Due]:
        texts = {one.address: one.text for one in self._standing.values()}
        due = [
            (address, row)
            for address, row in self._verdicts.items()
            if row.due_at is not None and row.due_at <= now and address in texts
        ]
        due = sorted(due, key=lambda pair: str(pair[1].due_at))[:limit]
        for address, row in due:
            after = replace(row, due_at=until, asked=row.asked + 1)
            self._verdicts[address] = after
        return [Due(address, texts[address], row.asked + 1) for address, row in due]

    async def find(self, item_id: UUID, *, hold: bool = False) -> Judged | None:
        del hold
        for address, row in self._verdicts.items():
            if row.id == item_id:
                return _judged(address, row)
        return None

    async def decide(self, address: str, verdict: Verdict, by: str, at: datetime) -> None:
        before = self._verdicts[address]
        after = replace(before, verdict=verdict, checked_at=at, due_at=None, decided_by=by)
        self._verdicts[address] = after

    async def page(
        self, status: StatusName, after: tuple[datetime, UUID] | None, limit: int, *, texts: bool
    ) -> Sequence[FlaggedLine]:
        found = [
            self._line(address, row, texts=texts)
            for address, row in self._verdicts.items()
            if row.verdict.status.value == status
        ]
        found = [line for line in found if line.used]
        found.sort(key=lambda line: (line.first_seen_at, line.item_id))
        if after is not None:
            found = [line for line in found if (line.first_seen_at, line.item_id) > after]
        return found[:limit]

    async def stats(self) -> ModerationStats:
        used = {one.address for one in self._standing.values()}
        rows = [row for address, row in self._verdicts.items() if address in used]
        statuses = Counter(row.verdict.status.value for row in rows)
        waiting = [row for row in rows if row.verdict.status is Status.PENDING]
        open_ones = [row.verdict.category for row in rows if row.verdict.status != "approved"]
        return ModerationStats(
            approved=statuses["approved"],
            pending=statuses["pending"],
            rejected=statuses["rejected"],
            unavailable=sum(row.verdict.waits_for_vendor for row in rows),
            decided_by_people=sum(row.decided_by is not None for row in rows),
            oldest_pending_at=min((row.first_seen_at for row in waiting), default=None),
            providers=dict(Counter(row.verdict.provider for row in rows)),
            categories=dict(Counter(category for category in open_ones if category)),
            refused=tuple(
                RefusedOn(day=day, category=category, count=many)
                for (day, category), many in sorted(
                    self._rows.refused_counts.items(), key=lambda one: (-one[0][0].toordinal(), one)
                )
            ),
        )

    async def count_refused(self, day: date, categories: Mapping[str, int]) -> None:
        counted = self._rows.refused_counts
        for category, many in categories.items():
            counted[day, category] = counted.get((day, category), 0) + many

    async def waiting(self) -> Waiting:
        stats = await self.stats()
        return Waiting(stats.pending, stats.unavailable, stats.oldest_pending_at)

    async def forget_unused(self, before: datetime, limit: int) -> int:
        used = {one.address for one in self._standing.values()}
        old = [
            address
            for address, row in self._verdicts.items()
            if address not in used and row.checked_at < before
        ]
        for address in old[:limit]:
            del self._verdicts[address]
        return len(old[:limit])

    def _add(self, address: str, verdict: Verdict, at: datetime, due_at: datetime | None) -> None:
        due = due_at if verdict.waits_for_vendor else None
        self._verdicts[address] = Row(uuid4(), verdict, at, at, due)

    def _places(self, session_id: UUID) -> set[Place]:
        return {place for place in self._standing if place[0] == session_id}

    def _line(self, address: str, row: Row, *, texts: bool) -> FlaggedLine:
        here = sorted((p, one) for p, one in self._standing.items() if one.address == address)
        uses = [
            Use.model_validate(
                {
                    "session_id": place[0],
                    "part": place[1],
                    "position": place[2],
                    "owner_user_id": one.owner,
                    "original_text": one.original_text if texts else None,
                }
            )
            for place, one in here[:SHOWN_USES]
        ]
        return FlaggedLine(
            item_id=row.id,
            status=row.verdict.status.value,
            reason=row.verdict.reason.value,
            category=row.verdict.category,
            provider=row.verdict.provider,
            first_seen_at=row.first_seen_at,
            checked_at=row.checked_at,
            decided_by=row.decided_by,
            asked=row.asked,
            used=len(here),
            uses=tuple(uses),
            text=here[0][1].text if here and texts else None,
        )


def _judged(address: str, row: Row) -> Judged:
    return Judged(address, row.verdict, row.decided_by)
