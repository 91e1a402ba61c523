"""Finds out whether texts may be read aloud: asks for each only once, however often it comes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from ab_shared.errors import DependencyUnavailable
from ab_shared.runtime.clock import Clock

from ab_session.domain.moderation.verdict import (
    BUILTIN,
    Status,
    Verdict,
    text_address,
    unavailable,
)
from ab_session.domain.moderation.word_list import WordList
from ab_session.moderation_ports import Judged, Moderator
from ab_session.ports import Store
from ab_session.usecases.moderation_metrics import DECISIONS, REUSED

ASK_AGAIN_AFTER = timedelta(seconds=30)
logger = logging.getLogger("ab.session")


@dataclass(frozen=True, slots=True)
class ModerateLines:
    """What a person decided comes first, then the built-in list, then whoever is asked outside.

    The list costs nothing and is asked anew each time, so that a better list is heeded at once;
    what it rejects is told to nobody. ``key`` is the deployment's key for content addresses.
    """

    store: Store
    words: WordList
    vendor: Moderator | None
    key: bytes
    clock: Clock

    def address(self, text: str) -> str:
        """What a text is remembered by."""
        return text_address(self.key, text)

    async def __call__(self, texts: Sequence[str]) -> tuple[Verdict, ...]:
        """One verdict a text; pending where nobody could be asked, which raises nothing."""
        by_address = {self.address(text): text for text in texts}
        async with self.store.begin() as unit:
            known = await unit.moderation.known(by_address)
        found: dict[str, Verdict] = {}
        to_ask: dict[str, str] = {}
        for address, text in by_address.items():
            verdict = self._here(text, known.get(address))
            if verdict is None:
                to_ask[address] = text
            else:
                found[address] = verdict
        found |= await self._asked(to_ask)
        await self._record(found, known)
        return tuple(found[self.address(text)] for text in texts)

    def _here(self, text: str, known: Judged | None) -> Verdict | None:
        """What can be said without asking anybody."""
        if known is not None and known.decided_by is not None:
            REUSED.inc()
            return known.verdict
        listed = self.words.judge(text)
        if listed.status is Status.REJECTED:
            return listed
        settled = known is not None and not known.verdict.waits_for_vendor
        if known is not None and settled and known.verdict.provider != BUILTIN:
            REUSED.inc()
            return known.verdict
        return listed if self.vendor is None else None

    async def _asked(self, texts: Mapping[str, str]) -> dict[str, Verdict]:
        if not texts or self.vendor is None:
            return {}
        try:
            verdicts = await self.vendor.judge(list(texts.values()))
        except DependencyUnavailable as error:
            logger.warning("Lines are pending: nobody checks them", extra={"why": error.message})
            verdicts = (unavailable(self.vendor.name),) * len(texts)
        return dict(zip(texts, verdicts, strict=True))

    async def _record(self, found: Mapping[str, Verdict], known: Mapping[str, Judged]) -> None:
        new = {
            address: verdict
            for address, verdict in found.items()
            if address not in known or known[address].verdict != verdict
        }
        for verdict in new.values():
            DECISIONS.labels(verdict.provider, verdict.status.value).inc()
        # The list's own approvals are written with the session, where there comes to be one; but
        # what an older list rejected would block that session.
        kept = {
            address: verdict
            for address, verdict in new.items()
            if verdict.provider != BUILTIN
            or verdict.status is Status.REJECTED
            or (address in known and known[address].verdict.provider == BUILTIN)
        }
        if kept:
            at = self.clock()
            async with self.store.begin() as unit:
                await unit.moderation.record(kept, at, due_at=at + ASK_AGAIN_AFTER)
